"""Who may read JSON."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from pbins.web.json_errors import json_error
from pbins.web.token_access import Path, View, guarded, nobody_else

NEEDED = (
    "This is not public here: log in, or send the reading token of your account page as"
    " Authorization: Bearer TOKEN."
)


def visitors(view: View[Path]) -> View[Path]:
    """Anybody where PBINS_PUBLIC_CATALOGUE says so; elsewhere people with a role, or 401."""
    return guarded(view, is_public=lambda: bool(settings.PBINS_PUBLIC_CATALOGUE), refusal=_refusal)


def for_distfiles(view: View[Path]) -> View[Path]:
    """Anybody where PBINS_PUBLIC_DISTFILES says so; elsewhere people with a role, or 401."""
    return guarded(view, is_public=lambda: bool(settings.PBINS_PUBLIC_DISTFILES), refusal=_refusal)


def insiders(view: View[Path]) -> View[Path]:
    """People with a role; 401 for everybody else."""
    return guarded(view, is_public=nobody_else, refusal=_refusal)


def _refusal(request: HttpRequest) -> HttpResponse:
    return json_error(NEEDED, 401)
