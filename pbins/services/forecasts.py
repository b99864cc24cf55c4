"""How long a build should take by what is known of the past, and what is unusual about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import DurationField, F, OuterRef, Subquery
from django.utils import timezone

from pbins.models import Run, RunState, Step, StepState
from pbins.services.limits import limits_of, silent_for

HISTORY = 5  # of a package's latest builds
TOOK = DurationField()
ENDED = (StepState.SUCCEEDED, StepState.FAILED, StepState.SKIPPED)
SILENCE = timedelta(minutes=10)  # is unusual, or half the limit when that is shorter
Work = tuple[str, str]  # action, cat/pkg


@dataclass(frozen=True, slots=True)
class Forecast:
    """``ends_at`` is None where nothing is known; ``unusual`` are sentences."""

    ends_at: datetime | None
    unusual: tuple[str, ...]


def expect(run: Run) -> None:
    """Store how long the run takes from its start to its end, if anything is known."""
    now = timezone.now()
    remaining = _remaining(run, usual_seconds(run), now)
    if remaining is not None and run.started_at is not None:
        run.expected_seconds = (now - run.started_at).total_seconds() + remaining
        Run.objects.filter(pk=run.pk).update(expected_seconds=run.expected_seconds)


def forecast(run: Run, now: datetime) -> Forecast:
    """Of a run that executes; of any other there is nothing to tell."""
    if run.state != RunState.EXECUTING:
        return Forecast(None, ())
    usual = usual_seconds(run)
    remaining = _remaining(run, usual, now)
    ends_at = None if remaining is None else now + timedelta(seconds=remaining)
    slow = [_slow(step, usual, now) for step in run.steps.filter(state=StepState.ACTIVE)]
    return Forecast(ends_at, (*filter(None, slow), *unusual(run, now)))


def unusual(run: Run, now: datetime) -> tuple[str, ...]:
    """What the run's own row tells, before a limit strikes; asks the database for nothing."""
    if run.state != RunState.EXECUTING or run.started_at is None or run.repository is None:
        return ()
    told = []
    taken = (now - run.started_at).total_seconds()
    if run.expected_seconds is not None and taken > 1.5 * run.expected_seconds + 120:
        usually = _span(run.expected_seconds)
        told.append(f"Unusually slow: {_span(taken)} so far, usually {usually}.")
    limit, silence = limits_of(run).silence, silent_for(run, now)
    if silence > (SILENCE if limit is None else min(SILENCE, limit / 2)):
        ends = f"; ended after {_span(limit.total_seconds())}" if limit is not None else ""
        told.append(f"Unusually silent: no output for {_span(silence.total_seconds())}{ends}.")
    return tuple(told)


def usual_seconds(run: Run) -> Mapping[Work, float]:
    """The median of what the latest such steps took that succeeded in this repository.

    One look for each of those, so that it does not matter how long the past is.
    """
    past = (
        Step.objects.filter(
            run__repository=run.repository,
            action=OuterRef("action"),
            name=OuterRef("name"),
            state=StepState.SUCCEEDED,
            started_at__isnull=False,
            finished_at__isnull=False,
        )
        .exclude(run=run)
        .order_by("-pk")
        .values_list(F("finished_at") - F("started_at"))
    )
    latest = {f"latest{at}": Subquery(past[at : at + 1], TOOK) for at in range(HISTORY)}
    works = run.steps.order_by().values_list("action", "name").annotate(**latest)
    known = {
        (action, name): [one.total_seconds() for one in took if one is not None]
        for action, name, *took in works
    }
    return {work: median(seconds) for work, seconds in known.items() if seconds}


def _remaining(run: Run, usual: Mapping[Work, float], now: datetime) -> float | None:
    """Seconds for the steps that have not ended; one never made before counts as the others do."""
    if not usual:
        return None
    unknown = median(usual.values())
    remaining = 0.0
    for step in run.steps.exclude(state__in=ENDED):
        seconds = usual.get((step.action, step.name), unknown)
        if step.started_at is not None:
            seconds = max(seconds - (now - step.started_at).total_seconds(), 0)
        remaining += seconds
    return remaining


def _slow(step: Step, usual: Mapping[Work, float], now: datetime) -> str:
    seconds = usual.get((step.action, step.name))
    if seconds is None or step.started_at is None:
        return ""
    taken = (now - step.started_at).total_seconds()
    if taken <= 2 * seconds + 60:
        return ""
    return f"Unusually slow: {step} takes {_span(taken)} so far, usually {_span(seconds)}."


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"
