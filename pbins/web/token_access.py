"""Who may read what programs fetch: they have a token instead of a session."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from pbins.roles import Role
from pbins.services.people import may
from pbins.services.tokens import owner_of

Path = ParamSpec("Path")
View = Callable[Concatenate[HttpRequest, Path], HttpResponse]


def guarded(
    view: View[Path],
    *,
    is_public: Callable[[], bool],
    refusal: Callable[[HttpRequest], HttpResponse],
) -> View[Path]:
    """For everybody while it is public; otherwise for people with a role, by session or token."""

    @wraps(view)
    def door(request: HttpRequest, /, *args: Path.args, **kwargs: Path.kwargs) -> HttpResponse:
        if is_public():
            return view(request, *args, **kwargs)
        if not may(reader_of(request), Role.VIEWER):
            refused = refusal(request)
            refused.status_code = 401
            refused.headers["WWW-Authenticate"] = 'Bearer realm="pbins"'
            return refused
        response = view(request, *args, **kwargs)
        response.headers["Cache-Control"] = "private, no-cache"
        patch_vary_headers(response, ("Authorization", "Cookie"))
        return response

    return require_safe(door)


def nobody_else() -> bool:
    """For what is never public."""
    return False


def reader_of(request: HttpRequest) -> User | AnonymousUser:
    """Whoever the token belongs to, in the address or as a bearer; without one, the session's."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = request.GET.get("token", "") or (bearer if scheme.lower() == "bearer" else "")
    if token:
        return owner_of(token.strip()) or AnonymousUser()
    return request.user
