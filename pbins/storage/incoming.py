"""Files on their way in: a transfer that was cut goes on from the byte where it stopped."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pbins.storage.disk import disk_errors
from pbins.storage.paths import check_file_name


@dataclass(frozen=True, slots=True)
class Incoming:
    """One directory of partial files; the size of a file is how much of it has come."""

    root: Path

    def path(self, name: str) -> Path:
        """Where the partial file is or will be; raises UnsafePath."""
        return self.root / check_file_name(name)

    def received(self, name: str) -> int:
        """Bytes that have come so far, hence the offset to go on from."""
        try:
            return self.path(name).stat().st_size
        except FileNotFoundError:
            return 0

    @contextmanager
    def receive(self, name: str, *, sync: bool = True) -> Iterator[BinaryIO]:
        """A file to append to, positioned at its end; on the disk when the block ends.

        What had come when the block fails stays. Without `sync` a power cut may still undo it,
        which is no harm where it is read again before it is believed. Raises StorageFull.
        """
        path = self.path(name)
        with disk_errors(path):
            self.root.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as file:
                yield file
                file.flush()
                if sync:
                    os.fsync(file.fileno())

    def discard(self, name: str) -> None:
        """Forget what has come, so that the next transfer begins at the first byte."""
        self.path(name).unlink(missing_ok=True)
