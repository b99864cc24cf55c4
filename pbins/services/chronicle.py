"""What past runs, publications and samples come to over time; numbers for charts."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Case, Count, F, IntegerField, Sum, When
from django.utils import timezone

from pbins.models import (
    FINAL_STATES,
    DiskSample,
    LagSample,
    Run,
    RunKind,
    Step,
    StepAction,
    StepState,
)

MOST_BUILDS = 40
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BuildTime:
    """How many seconds it took to make a binary of a version, and which run did."""

    version: str
    repository: str
    run: int
    seconds: float


def builds_per_day(days: int) -> dict[date, dict[str, int]]:
    """For each of the last days, today included: how many builds ended in which state."""
    today = timezone.localdate()
    dates = [today - timedelta(days=ago) for ago in reversed(range(days))]
    counted: dict[date, dict[str, int]] = {day: {} for day in dates}
    # Compared with the ends of days, not made into dates: SQLite asks Python for each of those.
    day = Case(
        *(When(finished_at__lt=_beginning(one + DAY), then=n) for n, one in enumerate(dates)),
        output_field=IntegerField(),
    )
    ended = (
        Run.objects.filter(
            kind=RunKind.BUILD, state__in=FINAL_STATES, finished_at__gte=_beginning(dates[0])
        )
        .order_by()
        .values_list(day, "state")
        .annotate(count=Count("*"))
    )
    for number, state, count in ended:
        if number is not None:  # it ended after midnight, which is while we count
            counted[dates[number]][state] = count
    return counted


def _beginning(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def build_times(name: str) -> list[BuildTime]:
    """The latest binaries made of a package, the oldest first; ``name`` is cat/pkg."""
    made = Step.objects.filter(
        name=name,
        action=StepAction.CREATE_BINARY,
        state=StepState.SUCCEEDED,
        started_at__isnull=False,
        finished_at__isnull=False,
    ).annotate(taken=F("finished_at") - F("started_at"))
    latest = made.order_by("-pk").values_list("version", "run__repository__name", "run_id", "taken")
    return [
        BuildTime(version, repository or "", run, taken.total_seconds())
        for version, repository, run, taken in reversed(latest[:MOST_BUILDS])
    ]


def hosts_behind(days: int) -> list[tuple[datetime, int, int]]:
    """Samples of all channels together: when, hosts that follow, and of those hosts behind."""
    since = timezone.now() - timedelta(days=days)
    sampled = LagSample.objects.filter(at__gt=since).order_by("at").values_list("at")
    return [
        (at, followers, behind)
        for at, followers, behind in sampled.annotate(Sum("followers"), Sum("behind"))
    ]


def growth_of_repositories(days: int) -> dict[str, dict[date, int]]:
    """Bytes on each day that was sampled, by the repository's name."""
    since = timezone.localdate() - timedelta(days=days)
    grown: dict[str, dict[date, int]] = defaultdict(dict)
    samples = DiskSample.objects.filter(day__gt=since).order_by("repository__name", "day")
    for name, day, *parts in samples.values_list("repository__name", "day", *DiskSample.PARTS):
        grown[name][day] = sum(parts)
    return grown
