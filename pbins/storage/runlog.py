"""The log of one run: a file that only grows, read by byte range while it is written."""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from pbins.storage.disk import disk_errors, write_all
from pbins.storage.log_archive import LogArchive


@dataclass(frozen=True, slots=True)
class RunLog:
    """Its size is the cursor of everybody who follows: "everything after byte N".

    There is no flush to the disk per piece: after a power cut the file is shorter, its size says
    so, and whoever follows the run asks the host again from there. When the run is over it may be
    compressed, which no reader notices, and at last removed, which leaves a mark.
    """

    path: Path

    @property
    def is_removed(self) -> bool:
        """Whether there was a log that is kept no longer."""
        return self._mark.exists()

    def size(self) -> int:
        """Bytes written so far; 0 before the first."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return self._archived_size()

    def append(self, content: bytes, *, at: int | None = None) -> int:
        """Add `content` behind everything that is there; the size afterwards.

        With `at` only if the log still ends there: of two who follow one run, one comes too late.

        Raises StorageFull; what did fit is kept, so `size()` still tells where to go on.
        """
        with disk_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                if at in {None, os.fstat(descriptor).st_size}:
                    write_all(descriptor, content)
                return os.fstat(descriptor).st_size
            finally:
                os.close(descriptor)

    def read(self, offset: int, limit: int) -> bytes:
        """At most `limit` bytes from byte `offset`; empty at the end and before the first byte."""
        if offset < 0 or limit < 0:
            raise ValueError(f"no such range: {limit} bytes from {offset}")
        try:
            with self.path.open("rb") as file:
                file.seek(offset)
                return file.read(limit)
        except FileNotFoundError:
            return self._read_archived(offset, limit)

    def compress(self) -> bool:
        """Compress a log that will not grow any more; whether there was one to compress.

        Raises StorageFull, and the log is as it was.
        """
        if not self.path.exists():
            return False
        self._archive.write(self.path)
        self.path.unlink()
        return True

    def remove(self) -> None:
        """Remove the log for good, and mark that there was one."""
        self._mark.touch()
        self.path.unlink(missing_ok=True)
        self._archive.remove()

    @property
    def _archive(self) -> LogArchive:
        return LogArchive(self.path.with_name(f"{self.path.name}.gz"))

    @property
    def _mark(self) -> Path:
        return self.path.with_name(f"{self.path.name}.removed")

    def _archived_size(self) -> int:
        try:
            return self._archive.size()
        except FileNotFoundError:
            return 0

    def _read_archived(self, offset: int, limit: int) -> bytes:
        try:
            return self._archive.read(offset, limit)
        except FileNotFoundError:
            return b""
