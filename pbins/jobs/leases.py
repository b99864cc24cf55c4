"""Who moves a run: one process at a time, for as long as it shows that it is alive."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from pbins.models import Run

LEASE_SECONDS = 30
RENEW_SECONDS = 8.0
BOOT = Path("/proc/sys/kernel/random/boot_id")
NAMESPACE = Path("/proc/self/ns/pid")


def _here() -> str:
    """Where a process number means the same: this boot of this machine, and not its containers."""
    place = f"{BOOT.read_text()}{NAMESPACE.readlink()}"
    return f"{sha256(place.encode()).hexdigest()[:16]}:"


HERE = _here()


@contextmanager
def lease(run: Run) -> Iterator[bool]:
    """Whether we alone move this run; kept up in the background until the block ends."""
    owner = f"{HERE}{os.getpid()}:{uuid4().hex[:16]}"
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


def free_what_the_dead_hold() -> None:
    """Give up the leases of processes of this machine that were killed: nobody waits for those."""
    for run in Run.objects.unfinished().filter(lease__startswith=HERE):
        if not _lives(int(run.lease.split(":")[1])):
            run.drop_lease(run.lease)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is another user's, so it is there
        return True
    return True


def _keep(run: Run, owner: str, stop: threading.Event) -> None:
    try:
        while not stop.wait(RENEW_SECONDS):
            run.take_lease(owner, _later())
    finally:
        connection.close()  # this thread's own


def _later() -> datetime:
    return timezone.now() + timedelta(seconds=LEASE_SECONDS)
