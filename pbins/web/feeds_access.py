"""Who may read feeds: they are fetched by programs, which have a token instead of a session."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from pbins.roles import Role
from pbins.services.people import may
from pbins.services.tokens import owner_of

Path = ParamSpec("Path")
View = Callable[Concatenate[HttpRequest, Path], HttpResponse]
NEEDED = (
    "This feed is not public here. Log in, or add ?token= with the reading token of your account"
    " page to its address.\n"
)


def followers(view: View[Path]) -> View[Path]:
    """A feed for anybody where PBINS_PUBLIC_FEEDS says so; elsewhere for people with a role."""
    guarded = insiders(view)

    @wraps(view)
    def door(request: HttpRequest, /, *args: Path.args, **kwargs: Path.kwargs) -> HttpResponse:
        chosen = view if settings.PBINS_PUBLIC_FEEDS else guarded
        return chosen(request, *args, **kwargs)

    return require_safe(door)


def insiders(view: View[Path]) -> View[Path]:
    """A feed that tells of hosts or runs: for people with a role, by session or token."""

    @wraps(view)
    def door(request: HttpRequest, /, *args: Path.args, **kwargs: Path.kwargs) -> HttpResponse:
        if not may(reader_of(request), Role.VIEWER):
            refused = HttpResponse(NEEDED, status=401, content_type="text/plain")
            refused.headers["WWW-Authenticate"] = 'Bearer realm="pbins"'
            return refused
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-cache"
        patch_vary_headers(response, ("Authorization",))
        return response

    return require_safe(door)


def reader_of(request: HttpRequest) -> User | AnonymousUser:
    """Whoever the token belongs to, in the address or as a bearer; without one, the session's."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = request.GET.get("token", "") or (bearer if scheme.lower() == "bearer" else "")
    if token:
        return owner_of(token.strip()) or AnonymousUser()
    return request.user
