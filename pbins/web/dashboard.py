"""The page that stays open all day: what runs, what waits, what fails, what is new."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from pbins.jobs.submission import queue_health
from pbins.models import Channel, Finding, Host, HostState, Run, RunState, Subscription
from pbins.roles import Role
from pbins.services.credentials import portal_credential
from pbins.services.disk_usage import forecast
from pbins.services.next_steps import next_steps
from pbins.services.people import may
from pbins.web.access import PortalRequest, readers
from pbins.web.charts import builds_chart, growth_chart, lag_chart
from pbins.web.overview import channel_heads, failing_first, failing_runs, latest_changes
from pbins.web.run_progress import RunningRun, with_progress

WAITING = (RunState.QUEUED, RunState.CONFIRMING)
SHOWN = 10
MOST_RUNNING = 50
FEW = 3  # rows that a list may have to be a low one


@dataclass(frozen=True, slots=True)
class Tile:
    """A number with the page that lists what it counts."""

    state: str
    words: str
    count: int
    address: str


@readers
def dashboard(request: PortalRequest) -> HttpResponse:
    steps = next_steps()
    return render(
        request,
        "pbins/dashboard.html",
        {
            "steps": steps,
            "steps_open": any(not step.done for step in steps),
            "may_as": [role for role in Role if may(request.user, role)],
            "public_key": portal_credential().public_key,
            **_now(request),
            **_news(request),
        },
    )


@readers
def dashboard_live(request: PortalRequest) -> HttpResponse:
    """What moves by the second; runs that the page names as shown keep their places."""
    return render(request, "pbins/_dashboard_live.html", _now(request))


@readers
def dashboard_news(request: PortalRequest) -> HttpResponse:
    """What moves by the minute; lists that were low when the page was opened stay so."""
    low = request.GET.get("few", "").split(",")
    return render(request, "pbins/_dashboard_news.html", _news(request, low))


def fleet_tiles() -> list[Tile]:
    """How many hosts are in which state; states without a host are left out."""
    counts = dict(Host.objects.order_by().values_list("state").annotate(Count("pk")))
    return [
        Tile(state.value, state.label, counts[state], f"{reverse('hosts')}?state={state}")
        for state in HostState
        if state in counts
    ]


def trouble_tiles() -> list[Tile]:
    """What ought to be none: hosts behind their channel, and what scrubs found."""
    behind = Subscription.objects.behind().values("host").distinct().count()
    counted = Finding.objects.open().order_by().values_list("repository__name")
    findings = dict(counted.annotate(Count("pk")))
    return [
        Tile("behind" if behind else "current", "behind", behind, f"{reverse('hosts')}?is=behind"),
        Tile(
            "failed" if findings else "current",
            "findings",
            sum(findings.values()),
            _page_of(findings),
        ),
    ]


def _page_of(findings: Mapping[str, int]) -> str:
    """The health of the only repository that has some; else the list, which counts them."""
    if len(findings) == 1:
        return reverse("repository_health", args=list(findings))
    return reverse("repositories")


def places(shown: Sequence[int], wanted: Sequence[int]) -> list[int]:
    """Which run stands in which place, so that nothing moves under the eyes of who reads.

    What is shown stays where it is. A newcomer takes the place of a run that is no longer wanted;
    when there are no such places left it comes last.
    """
    newcomers = iter([run for run in wanted if run not in shown])
    kept = [run if run in wanted else next(newcomers, run) for run in shown]
    return [*kept, *newcomers]


def _now(request: PortalRequest) -> dict[str, object]:
    # Sorted here: for an order SQLite walks through all runs there ever were.
    moving = Run.objects.moving().exclude(state=RunState.QUEUED).order_by()
    under_way = sorted(moving.values_list("pk", flat=True))
    waiting = Run.objects.filter(state__in=WAITING).order_by("state", "pk")  # questions first
    running_there, waiting_there = _in_places(
        places(_named(request, "running"), under_way[:MOST_RUNNING]),
        places(_named(request, "waiting"), list(waiting.values_list("pk", flat=True)[:SHOWN])),
    )
    return {
        "health": queue_health(),
        "tiles": (tiles := fleet_tiles()),
        "troubles": trouble_tiles(),
        "hosts_count": sum(tile.count for tile in tiles),
        "running": running_there,
        "running_count": len(under_way),
        "waiting": waiting_there,
        "waiting_count": waiting.count(),
    }


def _news(request: PortalRequest, low: Collection[str] | None = None) -> dict[str, object]:
    """``low``: lists that the page shows low already; it decides when it is opened."""
    changes = list(latest_changes()[:SHOWN])
    packages = failing_first(request.user, SHOWN)
    runs = list(failing_runs(request.user)[:SHOWN])
    rows = {"failing": len(packages) + len(runs), "latest": len(changes)}
    return {
        "changes": changes,
        "failing_packages": packages,
        "failing_runs": runs,
        "few": [
            name for name, count in rows.items() if (count <= FEW if low is None else name in low)
        ],
        "heads": channel_heads(Channel.objects.all(), counted=False),
        "disk": forecast(),
        "charts": (builds_chart(), lag_chart()),
        "growth": growth_chart(),
    }


def _in_places(*lists: Sequence[int]) -> Iterator[list[RunningRun]]:
    """The runs of each list, looked up for all of them at once."""
    orders = [order[:MOST_RUNNING] for order in lists]
    found = Run.objects.select_related("host", "repository", "package_set").in_bulk(chain(*orders))
    runs = {one.run.pk: one for one in with_progress(found.values())}
    for order in orders:
        yield [runs[key] for key in order if key in runs]


def _named(request: PortalRequest, name: str) -> list[int]:
    """The runs that the page shows already, as its live part tells them."""
    words = request.GET.get(name, "").split(",")
    return [int(word) for word in words if word.isdecimal() and len(word) < 18][:MOST_RUNNING]
