"""A file that comes in and is read at once: one thread writes it, another one follows."""

import threading
from pathlib import Path
from typing import BinaryIO, Self

from pbins.storage.errors import StorageError


class CutShort(StorageError):
    """The writer ended before the file was whole."""

    def __init__(self, name: str, come: int, size: int) -> None:
        super().__init__(f"{name} was cut after {come} of {size} bytes")


class TooLong(StorageError):
    """More bytes came than were told to come."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__(f"{name} does not end after the {size} bytes that it was said to have")


class Growing:
    """A file of `size` bytes of which some have come. Write, then `end`; read through `Follower`.

    `file` is at its end, to be appended to; what is in it already counts as come.
    """

    def __init__(self, file: BinaryIO, path: Path, size: int) -> None:
        self.path = path
        self.size = size
        self.come = file.tell()
        self._file = file
        self._is_over = False
        self._changed = threading.Condition()

    def write(self, chunk: bytes) -> int:
        """Raises TooLong, and OSError when the disk is full."""
        if self.come + len(chunk) > self.size:
            raise TooLong(self.path.name, self.size)
        self._file.write(chunk)
        self._file.flush()
        with self._changed:
            self.come += len(chunk)
            self._changed.notify_all()
        return len(chunk)

    def end(self) -> None:
        """Nothing more comes; who follows is told whether it is whole."""
        with self._changed:
            self._is_over = True
            self._changed.notify_all()

    def wait_beyond(self, position: int) -> bool:
        """Wait for something behind `position`; False at the end of the whole file. CutShort."""
        with self._changed:
            self._changed.wait_for(lambda: self.come > position or self._is_over)
            if self.come > position:
                return True
            if self.come < self.size:
                raise CutShort(self.path.name, self.come, self.size)
            return False


class Follower:
    """Reads a growing file from its first byte; `read` waits for what has not come yet."""

    def __init__(self, growing: Growing) -> None:
        self._growing = growing
        self._file = growing.path.open("rb", buffering=0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int, /) -> bytes:
        """Empty at the end of the whole file; raises CutShort when it does not become whole."""
        if not self._growing.wait_beyond(self._file.tell()):
            return b""
        return self._file.read(size) or b""
