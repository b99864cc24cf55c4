"""A log that is complete: compressed, and still read by byte range.

It is a row of gzip members, each the next MEMBER bytes of the log, so any gzip program reads the
whole. The index beside it holds numbers of eight bytes: the log's size, then where each member
begins, then where the last one ends; a read looks up two or three of them and unpacks one or two
members, wherever in the log it is.
"""

import gzip
import os
import struct
from dataclasses import dataclass
from pathlib import Path

from pbins.storage.disk import disk_errors, sync_directory, sync_file

MEMBER = 2**18
LEVEL = 6
NUMBER = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class LogArchive:
    """``path`` is the compressed file; where there is none, reading raises FileNotFoundError."""

    path: Path

    @property
    def index(self) -> Path:
        return self.path.with_name(f"{self.path.name}.index")

    def size(self) -> int:
        """Bytes of the log, not of the file."""
        return self._numbers(0, 1)[0]

    def read(self, offset: int, limit: int) -> bytes:
        """At most ``limit`` bytes of the log from byte ``offset``; empty at its end."""
        end = min(offset + limit, self.size())
        if offset >= end:
            return b""
        first, last = offset // MEMBER, (end - 1) // MEMBER
        starts = self._numbers(1 + first, last - first + 2)
        with self.path.open("rb") as file:
            file.seek(starts[0])
            content = gzip.decompress(file.read(starts[-1] - starts[0]))
        return content[offset - first * MEMBER : end - first * MEMBER]

    def write(self, log: Path) -> None:
        """Compress a log that is complete; both files are there whole, or neither is.

        Raises StorageFull.
        """
        unfinished = self.path.with_name(f"{self.path.name}.new")
        unfinished_index = self.index.with_name(f"{self.index.name}.new")
        try:
            with disk_errors(self.path):
                numbers = _compress(log, unfinished)
                unfinished_index.write_bytes(b"".join(map(NUMBER.pack, numbers)))
                sync_file(unfinished)
                sync_file(unfinished_index)
                unfinished_index.replace(self.index)
                unfinished.replace(self.path)
                sync_directory(self.path.parent)
        finally:
            unfinished.unlink(missing_ok=True)
            unfinished_index.unlink(missing_ok=True)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.index.unlink(missing_ok=True)

    def _numbers(self, first: int, count: int) -> list[int]:
        with self.index.open("rb") as file:
            file.seek(first * NUMBER.size)
            content = file.read(count * NUMBER.size)
        return [number for (number,) in NUMBER.iter_unpack(content)]


def _compress(log: Path, into: Path) -> list[int]:
    """The numbers of the index."""
    size, starts = 0, []
    with log.open("rb") as source, into.open("wb") as target:
        while content := source.read(MEMBER):
            size += len(content)
            starts.append(target.tell())
            target.write(gzip.compress(content, LEVEL, mtime=0))
        starts.append(target.tell())
        target.flush()
        os.fchmod(target.fileno(), 0o644)
    return [size, *starts]
