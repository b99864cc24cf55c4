"""The job that moves a run on, up to where work on its host goes on without us."""

import logging
import time

from django.db import OperationalError, close_old_connections

from pbins.jobs.delivery_asking import submit_deliveries
from pbins.jobs.leases import lease
from pbins.jobs.submission import submit
from pbins.models import Run, RunMoved, RunState
from pbins.services.early import COLLECTS, way_to_collect
from pbins.services.following import Watch
from pbins.services.own_trouble import is_passing
from pbins.services.runs import advance
from pbins.services.waiting import next_in_line

logger = logging.getLogger(__name__)
PATIENCE_SECONDS = 5.0  # what takes longer is taken up again by housekeeping


def move(run_pk: int) -> None:
    """Move one run on until it ends, waits, or is to be followed."""
    run = Run.objects.select_related("host", "repository", "channel").get(pk=run_pk)
    with lease(run) as is_ours:
        if not is_ours:
            return
        watch = Watch()
        end = time.monotonic() + PATIENCE_SECONDS
        while (seconds := step(run, watch)) is not None:
            if run.is_followed or time.monotonic() + seconds > end:
                return
            time.sleep(seconds)
    after(run)


def step(run: Run, watch: Watch) -> float | None:
    """Advance a run once; the seconds until the next look, None when none is needed."""
    try:
        return advance(run, watch)
    except RunMoved:  # cancelled or decided from elsewhere: look again
        return 0.0
    except Exception as bug:
        if isinstance(bug, OperationalError) and is_passing(bug):
            logger.warning("run %s is looked at again: %s", run.pk, bug)
            close_old_connections()
            return PATIENCE_SECONDS
        logger.exception("run %s", run.pk)
        _fail(run, bug)
        raise


def after(run: Run) -> None:
    """Once a run has ended, its host is free for the next, and what it published goes out."""
    run.refresh_from_db()
    if run.is_final:
        queued = Run.objects.filter(host=run.host, state=RunState.QUEUED)
        submit(*next_in_line(queued))
        if run.publications.exists():
            submit_deliveries()


def _fail(run: Run, bug: Exception) -> None:
    """A bug must not leave a run that says it is under way."""
    run.refresh_from_db()
    if not run.is_final:
        what = way_to_collect(run) if run.state in COLLECTS else "What ran on the host may go on."
        run.move(
            RunState.FAILED,
            reason=f"The portal has a defect ({type(bug).__name__}: {bug}); the workers' log has"
            f" the details. {what}",
        )
