"""How far runs have come, counted from their steps."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q
from django.utils import timezone

from pbins.models import Run, Step, StepState
from pbins.services.forecasts import unusual
from pbins.web.wording import duration_in_words

MINUTE, HOUR = 60, 3600
ENDED = (StepState.SUCCEEDED, StepState.FAILED, StepState.SKIPPED)


@dataclass(frozen=True, slots=True)
class Progress:
    """Steps of a plan: how many there are, how many have ended, how many of those failed."""

    total: int
    ended: int
    failed: int

    @property
    def colour(self) -> str:
        if self.failed:
            return "red"
        return "green" if self.total and self.ended == self.total else "blue"


@dataclass(frozen=True, slots=True)
class RunningRun:
    run: Run
    progress: Progress
    active: Step | None
    unusual: tuple[str, ...]


def time_left(ends_at: datetime | None) -> str:
    """How long it is until then, to the minute; empty where nothing is known of it."""
    if ends_at is None:
        return ""
    left = (ends_at - timezone.now()).total_seconds()
    if left < MINUTE:
        return "less than a minute left"
    if left < HOUR:
        return f"about {round(left / MINUTE)} min left"
    return f"about {duration_in_words(round(left / MINUTE) * MINUTE)} left"


def progress_of(runs: Iterable[Run]) -> dict[int, Progress]:
    """By the run's primary key, in one query for all of them."""
    counts = (
        Step.objects.filter(run__in=runs)
        .order_by()
        .values("run_id")
        .annotate(
            total=Count("pk"),
            ended=Count("pk", filter=Q(state__in=ENDED)),
            failed=Count("pk", filter=Q(state=StepState.FAILED)),
        )
    )
    return {row["run_id"]: Progress(row["total"], row["ended"], row["failed"]) for row in counts}


def with_progress(runs: Iterable[Run]) -> list[RunningRun]:
    found, now = list(runs), timezone.now()
    progress = progress_of(found)
    active = {
        step.run_id: step for step in Step.objects.filter(run__in=found, state=StepState.ACTIVE)
    }
    return [
        RunningRun(
            run,
            progress.get(run.pk, Progress(0, 0, 0)),
            active.get(run.pk),
            unusual(run, now),
        )
        for run in found
    ]
