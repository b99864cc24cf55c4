"""How full the disk is, and the small writes that must survive a power cut."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pbins.storage.errors import StorageFull

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def free_bytes(path: Path) -> int:
    """Bytes an ordinary user may still write on the device that holds, or will hold, `path`."""
    existing = path.absolute()
    while not existing.exists():
        existing = existing.parent
    status = os.statvfs(existing)
    return status.f_bavail * status.f_frsize


def bytes_below(directory: Path) -> int:
    """What the files of a directory, and of all below it, hold; 0 when there is none."""
    total = 0
    for parent, _, names in os.walk(directory):
        for name in names:
            with suppress(FileNotFoundError):  # git tidies up while we count
                total += (Path(parent) / name).lstat().st_size
    return total


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn the system's "disk full" and "quota exceeded" into `StorageFull`."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFull(path) from error
        raise


def write_all(descriptor: int, content: bytes) -> None:
    """Write everything: one `os.write` may take less than it was given."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def sync_file(path: Path) -> None:
    """Return when the content of `path` is on the disk."""
    _sync(path, os.O_RDONLY)


def sync_directory(path: Path) -> None:
    """Return when the names in directory `path` are on the disk."""
    _sync(path, os.O_RDONLY | os.O_DIRECTORY)


def _sync(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
