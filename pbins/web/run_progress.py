"""How far runs have come, counted from their steps."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from pbins.models import Run, Step, StepState

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
    found = list(runs)
    progress = progress_of(found)
    active = {
        step.run_id: step for step in Step.objects.filter(run__in=found, state=StepState.ACTIVE)
    }
    return [
        RunningRun(run, progress.get(run.pk, Progress(0, 0, 0)), active.get(run.pk))
        for run in found
    ]
