"""Part of a file: what a Range header asks for, and a file object that ends where the part ends.

whitenoise's StaticFile is not used for this: it answers 416 to a range of a single byte, which
wget takes for "nothing left to fetch", so a tarball short of its last byte would stay like that.
It does not know If-Range either.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

_SINGLE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.ASCII | re.IGNORECASE)


class UnsatisfiableError(Exception):
    """The range begins after the end of the file."""


@dataclass(frozen=True, slots=True)
class Part:
    """``length`` bytes from ``start`` on."""

    start: int
    length: int

    def content_range(self, size: int) -> str:
        """The header for an answer 206."""
        return f"bytes {self.start}-{self.start + self.length - 1}/{size}"


def read_range(header: str, size: int) -> Part | None:
    """The part of a file of ``size`` bytes that a Range header asks for (RFC 9110, 14.1.2).

    None where the whole file is the answer: no header, several ranges, or one that is not
    understood. Raises UnsatisfiableError.
    """
    match = _SINGLE.fullmatch(header)
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
    if last and first and int(last) < int(first):
        return None
    if start >= size or start >= end:
        raise UnsatisfiableError
    return Part(start, end - start)


class PartOfFile:
    """What a WSGI server sends of an open file.

    gunicorn finds ``fileno`` and the Content-Length and lets the kernel send (sendfile), then
    seeks to where that ended; any other server reads until nothing comes. ``when_sent`` is called
    once all of it has gone out.
    """

    def __init__(
        self, file: BinaryIO, part: Part, when_sent: Callable[[], None] | None = None
    ) -> None:
        file.seek(part.start)
        self._file = file
        self._end = part.start + part.length
        self._when_sent = when_sent
        self._is_sent = False

    def read(self, size: int = 2**16) -> bytes:
        left = self._end - self._file.tell()
        chunk = self._file.read(min(size, left))
        self._is_sent = not left
        return chunk

    def seek(self, position: int) -> int:
        self._is_sent = position >= self._end
        return self._file.seek(position)

    def seekable(self) -> bool:
        """Nobody else shall go anywhere: the length is known."""
        return False

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()
        if self._is_sent and self._when_sent is not None:
            self._when_sent()
            self._when_sent = None
