"""Who moves a run: one process at a time, for as long as it shows that it is alive."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from pbins.models import Run

LEASE_SECONDS = 30
RENEW_SECONDS = 8.0


@contextmanager
def lease(run: Run) -> Iterator[bool]:
    """Whether we alone move this run; kept up in the background until the block ends."""
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
