"""Who may read feeds."""

from django.conf import settings
from django.http import HttpResponse

from pbins.web.token_access import Path, View, guarded, nobody_else

NEEDED = (
    "This feed is not public here. Log in, or add ?token= with the reading token of your account"
    " page to its address.\n"
)


def followers(view: View[Path]) -> View[Path]:
    """A feed for anybody where PBINS_PUBLIC_FEEDS says so; elsewhere for people with a role."""
    return guarded(view, is_public=lambda: bool(settings.PBINS_PUBLIC_FEEDS), refusal=_refusal)


def insiders(view: View[Path]) -> View[Path]:
    """A feed that tells of hosts or runs: for people with a role."""
    return guarded(view, is_public=nobody_else, refusal=_refusal)


def _refusal() -> HttpResponse:
    return HttpResponse(NEEDED, content_type="text/plain")
