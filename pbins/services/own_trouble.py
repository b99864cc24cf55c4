"""When the portal's own disk or database is in the way: what was built waits, and is not lost."""

from datetime import timedelta

from django.db import OperationalError, connection
from django.db.models import QuerySet
from django.utils import timezone

from pbins.models import Run, RunEvent
from pbins.services.early import COLLECTS, early_end_of
from pbins.services.following import note

OWN = "The portal's own storage"
TRIES = 24
"""With the waits between them some ninety minutes; after that a person has to look."""
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=5)
PASSING = ("locked", "full", "disk I/O")
"""Of what SQLite says when the same statement may work later."""


def wait_for_ourselves(run: Run, error: Exception) -> float | None:
    """Say on the run what is waited for; seconds until the next try, None after too many."""
    tries = _tries(run).count() + 1
    if tries > TRIES or run.cancel_asked:
        return None
    seconds = _wait_after(tries).total_seconds()
    said = str(error).rstrip(".")
    note(run, f"{OWN} ({tries}×): {said}.", is_problem=True)
    reason = f"Waits for the portal's own storage, tries again in {seconds:.0f} s: {said}."
    Run.objects.filter(pk=run.pk).update(
        problems=run.problems + 1, reason=run.reason if early_end_of(run) else reason
    )
    return seconds


def is_due(run: Run) -> bool:
    """Whether the wait before the next try is over, for a run that collects."""
    if run.state not in COLLECTS or not run.problems:
        return True
    tries = list(_tries(run))
    return not tries or timezone.now() >= tries[-1].at + _wait_after(len(tries))


def is_passing(error: OperationalError) -> bool:
    """Whether the database was only busy, full or away, and the statement was no mistake."""
    return connection.vendor != "sqlite" or any(word in str(error) for word in PASSING)


def _tries(run: Run) -> QuerySet[RunEvent]:
    """What was said of each of them; no two are said alike."""
    return run.events.filter(text__startswith=OWN)


def _wait_after(tries: int) -> timedelta:
    return min(FIRST_WAIT * (1 << min(tries - 1, 10)), LONGEST_WAIT)
