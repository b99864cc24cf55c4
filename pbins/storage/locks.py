"""One at a time on this machine: a lock file is held as long as a descriptor of it is open.

Whoever dies lets go of it, at once and with nothing to clear away.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pbins.storage.disk import disk_errors


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Wait until nobody else is there. Raises StorageFull."""
    with _opened(lock) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def alone_or_not(lock: Path) -> Iterator[int | None]:
    """Without waiting: None while another is there, else the descriptor.

    A program that inherits it keeps others away until it ends, too. Raises StorageFull.
    """
    with _opened(lock) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield file.fileno()


@contextmanager
def _opened(lock: Path) -> Iterator[BinaryIO]:
    with disk_errors(lock):
        lock.parent.mkdir(parents=True, exist_ok=True)
        file = lock.open("wb")
    with file:
        yield file
