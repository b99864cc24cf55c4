"""Who may look at the catalogue."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from pbins.web.access import members

Path = ParamSpec("Path")
View = Callable[Concatenate[HttpRequest, Path], HttpResponseBase]


def visitors(view: View[Path]) -> View[Path]:
    """A page for anybody where PBINS_PUBLIC_CATALOGUE says so; elsewhere one has to log in."""
    guarded = members(view)

    @wraps(view)
    def door(request: HttpRequest, /, *args: Path.args, **kwargs: Path.kwargs) -> HttpResponseBase:
        chosen = view if settings.PBINS_PUBLIC_CATALOGUE else guarded
        return chosen(request, *args, **kwargs)

    return require_safe(door)
