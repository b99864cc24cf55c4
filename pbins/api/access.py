"""Who may read the JSON siblings of the catalogue's pages."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

Path = ParamSpec("Path")
View = Callable[Concatenate[HttpRequest, Path], HttpResponse]


def visitors(view: View[Path]) -> View[Path]:
    """Anybody where PBINS_PUBLIC_CATALOGUE says so; elsewhere whoever is logged in, or 401."""

    @wraps(view)
    def door(request: HttpRequest, /, *args: Path.args, **kwargs: Path.kwargs) -> HttpResponse:
        if settings.PBINS_PUBLIC_CATALOGUE or request.user.is_authenticated:
            return view(request, *args, **kwargs)
        return JsonResponse({"error": "The catalogue is not public here: log in."}, status=401)

    return require_safe(door)
