"""Who may read feeds."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode

from pbins.roles import Role
from pbins.services.people import may
from pbins.services.tokens import token_of
from pbins.web.json_errors import is_for_programs, json_error
from pbins.web.token_access import Path, View, guarded, nobody_else

NEEDED = (
    "This feed is not public here. Log in, or add ?token= with the reading token of your account"
    " page to its address."
)


def followers(view: View[Path]) -> View[Path]:
    """A feed for anybody where PBINS_PUBLIC_FEEDS says so; elsewhere for people with a role."""
    return guarded(view, is_public=lambda: bool(settings.PBINS_PUBLIC_FEEDS), refusal=_refusal)


def insiders(view: View[Path]) -> View[Path]:
    """A feed that tells of hosts or runs: for people with a role."""
    return guarded(view, is_public=nobody_else, refusal=_refusal)


def query_of(reader: User | AnonymousUser) -> str:
    """What the address of a feed that is not public has to end in for somebody with a role."""
    token = token_of(reader) if isinstance(reader, User) and may(reader, Role.VIEWER) else ""
    return f"?{urlencode({'token': token})}" if token else ""


def _refusal(request: HttpRequest) -> HttpResponse:
    if is_for_programs(request):
        return json_error(NEEDED, 401)
    return HttpResponse(f"{NEEDED}\n", content_type="text/plain")
