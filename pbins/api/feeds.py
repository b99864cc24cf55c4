"""The feeds there are, as JSON."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from pbins.api.access import insiders
from pbins.api.answers import answer
from pbins.models import Channel, Package, Tag
from pbins.roles import Role
from pbins.services.people import may
from pbins.web.feeds_formats import FORMATS
from pbins.web.token_access import reader_of


@require_safe
def feeds(request: HttpRequest) -> HttpResponse:
    """Those that whoever asks may read, each with its addresses by format."""
    return _feeds(request) if settings.PBINS_PUBLIC_FEEDS else insiders(_feeds)(request)


def _feeds(request: HttpRequest) -> HttpResponse:
    channels = Channel.objects.exclude(commit="").select_related("repository")
    packages = Package.objects.present().order_by("category")
    categories = packages.values_list("category", flat=True).distinct()
    found = [_feed("everything")]
    found += [
        _feed("repository", name) for name in dict.fromkeys(c.repository.name for c in channels)
    ]
    found += [_feed("channel", one.repository.name, one.name) for one in channels]
    found += [_feed("category", category) for category in categories]
    if may(reader_of(request), Role.VIEWER):
        found += [_feed("failures"), _feed("hosts")]
        found += [_feed("host_group", tag.name) for tag in Tag.objects.all()]
    return answer(request, {"feeds": found})


def _feed(kind: str, *names: str) -> dict[str, object]:
    addresses = {
        form: settings.PBINS_BASE_URL + reverse(f"feed_{kind}", args=(*names, form))
        for form in FORMATS
    }
    return {"kind": kind, "of": list(names), "urls": addresses}
