"""The job that moves a run on: a slice of following, then its place goes to the next."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from pbins.jobs.submission import submit
from pbins.models import Run, RunMoved, RunState
from pbins.services.following import Watch
from pbins.services.runs import advance, next_in_line

logger = logging.getLogger(__name__)
SLICE_SECONDS = 20.0
LEASE_SECONDS = 30
RENEW_SECONDS = 8.0


def move(run_pk: int) -> None:
    """Move one run on until it ends, waits, or its slice of time is over."""
    run = Run.objects.select_related("host", "repository", "channel").get(pk=run_pk)
    with _lease(run) as is_ours:
        if not is_ours:
            return
        seconds = _slice(run)
    if seconds is not None:
        submit(run)
    elif run.is_final:
        queued = Run.objects.filter(host=run.host, state=RunState.QUEUED)
        submit(*next_in_line(queued))


def _slice(run: Run) -> float | None:
    """Advance until nothing more is to do now (None), or the slice is over."""
    watch = Watch()
    end = time.monotonic() + SLICE_SECONDS
    while True:
        try:
            seconds = advance(run, watch)
        except RunMoved:  # cancelled or decided from elsewhere: look again
            seconds = 0.0
        except Exception as bug:
            logger.exception("run %s", run.pk)
            _fail(run, bug)
            raise
        if seconds is None or time.monotonic() + seconds > end:
            run.refresh_from_db()
            return seconds
        time.sleep(seconds)


def _fail(run: Run, bug: Exception) -> None:
    """A bug must not leave a run that says it is under way."""
    run.refresh_from_db()
    if not run.is_final:
        run.move(
            RunState.FAILED,
            reason=f"The portal has a defect ({type(bug).__name__}: {bug}); the workers' log has"
            " the details. What ran on the host may go on.",
        )


@contextmanager
def _lease(run: Run) -> Iterator[bool]:
    """Whether this job alone moves the run; kept up in the background while it does."""
    owner = uuid4().hex
    if not run.take_lease(owner, _later()):
        yield False
        return
    stop = threading.Event()
    keeper = threading.Thread(target=_keep, args=(run, owner, stop), daemon=True)
    keeper.start()
    try:
        yield True
    finally:
        stop.set()
        keeper.join()
        run.drop_lease(owner)


def _keep(run: Run, owner: str, stop: threading.Event) -> None:
    try:
        while not stop.wait(RENEW_SECONDS):
            run.take_lease(owner, _later())
    finally:
        connection.close()  # this thread's own


def _later() -> datetime:
    return timezone.now() + timedelta(seconds=LEASE_SECONDS)
