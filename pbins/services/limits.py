"""How long a run may take, and how long it may be silent."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pbins.models import Run
from pbins.services.early import EarlyEnd


@dataclass(frozen=True, slots=True)
class Limits:
    """None where there is no limit."""

    total: timedelta | None
    silence: timedelta | None


def limits_of(run: Run) -> Limits:
    """The run's own limits; where it has none, those of its repository."""
    return Limits(
        total=_limit(run.timeout_minutes, run.home.timeout_minutes),
        silence=_limit(run.silence_minutes, run.home.silence_minutes),
    )


def silent_for(run: Run, now: datetime) -> timedelta:
    """Since its last output, or since it began."""
    heard = [at for at in (run.started_at, run.last_output_at) if at is not None]
    return now - max(heard) if heard else timedelta(0)


def limit_struck(run: Run, now: datetime) -> tuple[EarlyEnd, str] | None:
    """Which limit is over, and a sentence about it without its full stop."""
    limits = limits_of(run)
    taken = now - (run.started_at or now)
    doing = f" ({run.reason})" if run.reason else ""
    if limits.total is not None and taken > limits.total:
        whose = _whose(run, own=run.timeout_minutes is not None)
        return EarlyEnd.TIMEOUT, (
            f"Ended after {_minutes(taken)}: the time-out of {whose} is"
            f" {_minutes(limits.total)}{doing}"
        )
    silence = silent_for(run, now)
    if limits.silence is not None and silence > limits.silence:
        whose = _whose(run, own=run.silence_minutes is not None)
        return EarlyEnd.SILENCE, (
            f"Ended after {_minutes(silence)} without output: {whose} may be silent for"
            f" {_minutes(limits.silence)}{doing}"
        )
    return None


def _limit(own: int | None, usual: int) -> timedelta | None:
    minutes = usual if own is None else own
    return timedelta(minutes=minutes) if minutes else None


def _whose(run: Run, *, own: bool) -> str:
    return "this run" if own else f"runs of {run.home.name}"


def _minutes(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"
