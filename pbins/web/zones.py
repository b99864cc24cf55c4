"""Times are written in the zone of whoever reads them; a cookie of portal.js says which that is."""

from collections.abc import Callable
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

COOKIE = "zone"
LONGEST = 64


def viewers_zone(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Pages are made in the viewer's zone, or in the portal's own where nothing is known of it."""

    def in_zone(request: HttpRequest) -> HttpResponseBase:
        with timezone.override(zone_named(request.COOKIES.get(COOKIE, ""))):
            return get_response(request)

    return in_zone


def zone_named(name: str) -> ZoneInfo | None:
    """None for nonsense, and for zones that this machine does not know."""
    if not name or len(name) > LONGEST:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
