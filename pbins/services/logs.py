"""The log of a run: the host's own bytes, in the order in which the host wrote them."""

from pbins.models import Run
from pbins.services.places import places
from pbins.storage.runlog import RunLog


def log_of(run: Run) -> RunLog:
    return RunLog(places().run_log(run.uuid))


def log_size(run: Run) -> int:
    """Bytes taken over so far."""
    return log_of(run).size()


def read_log(run: Run, offset: int, limit: int) -> bytes:
    """At most ``limit`` bytes from ``offset`` on; empty at the end."""
    return log_of(run).read(offset, limit)


def is_log_removed(run: Run) -> bool:
    """Whether there was a log that is kept no longer."""
    return log_of(run).is_removed
