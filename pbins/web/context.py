"""What every template may ask for."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from pbins.models import Run, RunState
from pbins.web.feeds_access import query_of


def portal(request: HttpRequest) -> dict[str, object]:
    """``portal``: the settings pages speak of; two things are looked up only when asked for.

    ``waiting_for_you`` counts runs, ``feed_query`` is what this reader's private feeds end in.
    """
    return {
        "portal": {
            "is_demo": settings.PBINS_DEMO,
            "base_url": settings.PBINS_BASE_URL,
            "public_catalogue": settings.PBINS_PUBLIC_CATALOGUE,
            "public_feeds": settings.PBINS_PUBLIC_FEEDS,
            "zone": timezone.get_current_timezone_name(),
            "feed_query": SimpleLazyObject(lambda: query_of(request.user)),
            "waiting_for_you": Run.objects.filter(state=RunState.CONFIRMING).count,
        },
    }
