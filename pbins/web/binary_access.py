"""Who may fetch tarballs and git repositories: everybody, or hosts with the fleet's password.

For hosts no row is read and no session touched.
"""

from base64 import b64decode
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare

from pbins.roles import Role
from pbins.services.people import may

Path = ParamSpec("Path")
View = Callable[Concatenate[HttpRequest, Path], HttpResponseBase]
NEEDED = "This is for people who are logged in, and for hosts, which were given a password.\n"


def for_distfiles(view: View[Path]) -> View[Path]:
    return _guarded(view, lambda: bool(settings.PBINS_PUBLIC_DISTFILES))


def for_git(view: View[Path]) -> View[Path]:
    return _guarded(view, lambda: bool(settings.PBINS_PUBLIC_GIT))


def _guarded(view: View[Path], is_public: Callable[[], bool]) -> View[Path]:
    @wraps(view)
    def door(request: HttpRequest, /, *args: Path.args, **kwargs: Path.kwargs) -> HttpResponseBase:
        if is_public():
            return view(request, *args, **kwargs)
        if _is_of_the_fleet(request) or may(request.user, Role.VIEWER):
            response = view(request, *args, **kwargs)
            if response.has_header("Cache-Control"):
                kept = response.headers["Cache-Control"].replace("public", "private")
                response.headers["Cache-Control"] = kept
            return response
        refused = HttpResponse(NEEDED, status=401, content_type="text/plain")
        refused.headers["WWW-Authenticate"] = 'Basic realm="pbins", charset="UTF-8"'
        return refused

    return door


def _is_of_the_fleet(request: HttpRequest) -> bool:
    """By HTTP's basic authentication; the name is not looked at."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic" or not settings.PBINS_FLEET_PASSWORD:
        return False
    try:
        _, _, password = b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:  # no base64, or no text in it
        return False
    return constant_time_compare(password, settings.PBINS_FLEET_PASSWORD)
