"""The page that stays open all day: what runs, what waits, what fails, what is new."""

from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render

from pbins.jobs.submission import queue_health
from pbins.models import Channel, Host, HostState, Run, RunState
from pbins.services.credentials import portal_credential
from pbins.services.next_steps import next_steps
from pbins.web.access import PortalRequest, readers
from pbins.web.overview import channel_heads, failing_packages, failing_runs, latest_changes
from pbins.web.run_progress import with_progress

WAITING = (RunState.QUEUED, RunState.CONFIRMING)
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with the page that lists what it counts."""

    state: str
    words: str
    count: int


@readers
def dashboard(request: PortalRequest) -> HttpResponse:
    steps, tiles = next_steps(), fleet_tiles()
    return render(
        request,
        "pbins/dashboard.html",
        {
            "steps": steps,
            "steps_open": any(not step.done for step in steps),
            "public_key": portal_credential().public_key,
            **_now(),
            "tiles": tiles,
            "hosts_count": sum(tile.count for tile in tiles),
            "changes": latest_changes()[:SHOWN],
            "failing_packages": failing_packages()[:SHOWN],
            "failing_runs": failing_runs()[:SHOWN],
            "heads": channel_heads(Channel.objects.all()),
        },
    )


@readers
def dashboard_live(request: PortalRequest) -> HttpResponse:
    """The part that moves."""
    return render(request, "pbins/_dashboard_live.html", _now())


def fleet_tiles() -> list[Tile]:
    """How many hosts are in which state; states without a host are left out."""
    counts = dict(Host.objects.order_by().values_list("state").annotate(Count("pk")))
    return [Tile(state.value, state.label, counts[state]) for state in HostState if state in counts]


def _now() -> dict[str, object]:
    runs = Run.objects.select_related("host", "repository", "package_set", "asked_by")
    waiting = runs.filter(state__in=WAITING).order_by("pk")
    moving = runs.moving().exclude(state=RunState.QUEUED).order_by("pk")
    return {
        "health": queue_health(),
        "running": with_progress(moving[:50]),
        "waiting": waiting[:SHOWN],
        "waiting_count": waiting.count(),
    }
