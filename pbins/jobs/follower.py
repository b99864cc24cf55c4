"""The process that follows work on hosts: a thread per run, no worker and no job held for it.

It may die at any moment: where it stopped is the size of the run's log, and another one goes on
when its leases have run out.
"""

import logging
import threading
import time

from django.db import connection, connections

from pbins.jobs.leases import free_what_the_dead_hold, lease
from pbins.jobs.moving import after, step
from pbins.jobs.submission import submit
from pbins.models import Run, RunState
from pbins.services.following import Watch
from pbins.transport.pool import close_idle

logger = logging.getLogger(__name__)
LOOK_SECONDS = 0.2
IDLE_CLOSE_SECONDS = 5.0
IDLE_LOOK_SECONDS = 15.0  # of a run that prints nothing: its connection is closed meanwhile


class Follower:
    """Finds runs whose work goes on, and follows each in a thread of its own."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.threads: dict[int, threading.Thread] = {}

    def run(self) -> None:
        """Follow until ``stop``."""
        closed = time.monotonic()
        free_what_the_dead_hold()
        while not self.stopping.wait(LOOK_SECONDS):
            self._look()
            if time.monotonic() - closed > IDLE_CLOSE_SECONDS:
                free_what_the_dead_hold()
                close_idle()
                closed = time.monotonic()
        for thread in self.threads.values():
            thread.join()
        connections.close_all()

    def stop(self) -> None:
        self.stopping.set()

    def _look(self) -> None:
        self.threads = {pk: one for pk, one in self.threads.items() if one.is_alive()}
        followed = Run.objects.followed().unleased().exclude(pk__in=self.threads)
        for run in followed.select_related("host", "host__credential", "repository", "channel"):
            thread = threading.Thread(target=self._follow, args=(run,), daemon=True)
            self.threads[run.pk] = thread
            thread.start()

    def _follow(self, run: Run) -> None:
        try:
            with lease(run) as is_ours:
                if is_ours:
                    self._keep_following(run)
            run.refresh_from_db()
            if run.is_final:
                after(run)
            elif not run.is_followed and run.state != RunState.QUEUED:
                submit(run)  # one that was sent back, as its host is busy, housekeeping tries again
        except Exception:
            logger.exception("following run %s", run.pk)
        finally:
            connection.close()  # this thread's own

    def _keep_following(self, run: Run) -> None:
        watch = Watch(patient=True)
        while run.is_followed and not self.stopping.is_set():
            seconds = step(run, watch)
            if seconds is None:
                return
            self._pause(run, max(seconds, IDLE_LOOK_SECONDS) if watch.is_idle else seconds)

    def _pause(self, run: Run, seconds: float) -> None:
        """Wait for the next look, but for no longer than until somebody cancels the run."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.stopping.wait(min(left, 1.0)):
            if left > 1.0 and Run.objects.filter(pk=run.pk, cancel_asked=True).exists():
                return
