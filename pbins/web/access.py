"""Who may come in, and what a view may then rely on."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_POST, require_safe

from pbins.roles import Role
from pbins.services.people import may

Params = ParamSpec("Params")
Response = TypeVar("Response", bound=HttpResponseBase)


NO_ROLE = "You have no role here yet. An administrator can make you a viewer or an operator."
NO_OPERATOR = "This needs the permission to operate hosts. An administrator can give it to you."
NO_ADMINISTRATOR = "Only administrators may change that."


class PortalRequest(HttpRequest):
    """A request of somebody who is logged in."""

    user: User


View = Callable[Concatenate[PortalRequest, Params], Response]
Door = Callable[Concatenate[HttpRequest, Params], Response]


def people(view: View[Params, Response]) -> Door[Params, HttpResponse | Response]:
    """Only for people who are logged in, with a role or without; the others log in first."""

    @wraps(view)
    def door(
        request: HttpRequest, /, *args: Params.args, **kwargs: Params.kwargs
    ) -> HttpResponse | Response:
        if request.user.is_authenticated:
            return view(_known(request), *args, **kwargs)
        if request.headers.get("HX-Request"):
            # A live part of a page whose session ended: the whole page has to be asked for again.
            return HttpResponse(status=401, headers={"HX-Refresh": "true"})
        return redirect_to_login(request.get_full_path())

    return door


def members(view: View[Params, Response]) -> Door[Params, HttpResponse | Response]:
    """Only for people with a role, any."""

    @wraps(view)
    def checked(
        request: PortalRequest, /, *args: Params.args, **kwargs: Params.kwargs
    ) -> HttpResponse | Response:
        _check(request, Role.VIEWER, NO_ROLE)
        return view(request, *args, **kwargs)

    return people(checked)


def readers(view: View[Params, Response]) -> Door[Params, HttpResponse | Response]:
    """A page that everybody with a role may look at, and that changes nothing."""
    return require_safe(members(view))


def operators(view: View[Params, Response]) -> Door[Params, HttpResponse | Response]:
    """A page with a form that only operators may see and send."""

    @wraps(view)
    def checked(
        request: PortalRequest, /, *args: Params.args, **kwargs: Params.kwargs
    ) -> HttpResponse | Response:
        _check(request, Role.OPERATOR, NO_OPERATOR)
        return view(request, *args, **kwargs)

    return members(checked)


def administrators(view: View[Params, Response]) -> Door[Params, HttpResponse | Response]:
    """A page with a form that only administrators may see and send."""

    @wraps(view)
    def checked(
        request: PortalRequest, /, *args: Params.args, **kwargs: Params.kwargs
    ) -> HttpResponse | Response:
        _check(request, Role.ADMINISTRATOR, NO_ADMINISTRATOR)
        return view(request, *args, **kwargs)

    return members(checked)


def administer(view: View[Params, Response]) -> Door[Params, HttpResponse | Response]:
    """A button: administrators only, POST only."""
    return require_POST(administrators(view))


def actions(view: View[Params, Response]) -> Door[Params, HttpResponse | Response]:
    """A button: operators only, POST only."""
    return require_POST(operators(view))


def _check(request: HttpRequest, role: Role, otherwise: str) -> None:
    if not may(request.user, role):
        raise PermissionDenied(otherwise)


def _known(request: HttpRequest) -> PortalRequest:
    return request  # type: ignore[return-value]  # its user was seen to be logged in
