"""Who may read JSON: programs, by the session of a browser or with a reading token."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from pbins.roles import Role
from pbins.services.people import may
from pbins.web.feeds_access import reader_of

Path = ParamSpec("Path")
View = Callable[Concatenate[HttpRequest, Path], HttpResponse]
NEEDED = (
    "This is not public here: log in, or send the reading token of your account page as"
    " Authorization: Bearer TOKEN."
)


def visitors(view: View[Path]) -> View[Path]:
    """Anybody where PBINS_PUBLIC_CATALOGUE says so; elsewhere people with a role, or 401."""
    guarded = insiders(view)

    @wraps(view)
    def door(request: HttpRequest, /, *args: Path.args, **kwargs: Path.kwargs) -> HttpResponse:
        chosen = view if settings.PBINS_PUBLIC_CATALOGUE else guarded
        return chosen(request, *args, **kwargs)

    return require_safe(door)


def insiders(view: View[Path]) -> View[Path]:
    """People with a role, by session or token; 401 for everybody else."""

    @wraps(view)
    def door(request: HttpRequest, /, *args: Path.args, **kwargs: Path.kwargs) -> HttpResponse:
        if not may(reader_of(request), Role.VIEWER):
            headers = {"WWW-Authenticate": 'Bearer realm="pbins"'}
            return JsonResponse({"error": NEEDED}, status=401, headers=headers)
        response = view(request, *args, **kwargs)
        patch_vary_headers(response, ("Authorization", "Cookie"))
        return response

    return require_safe(door)
