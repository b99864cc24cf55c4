"""What every template may ask for."""

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from pbins.models import Run, RunState


def portal(request: HttpRequest) -> dict[str, object]:
    """``portal``: the settings pages speak of; ``waiting_for_you`` is counted when asked for."""
    return {
        "portal": {
            "is_demo": settings.PBINS_DEMO,
            "base_url": settings.PBINS_BASE_URL,
            "public_catalogue": settings.PBINS_PUBLIC_CATALOGUE,
            "public_feeds": settings.PBINS_PUBLIC_FEEDS,
            "zone": timezone.get_current_timezone_name(),
            "waiting_for_you": Run.objects.filter(state=RunState.CONFIRMING).count,
        },
    }
