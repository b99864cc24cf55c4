"""A bzip2 file read once: hashed as it lies on the disk, handed on as what is in it."""

import bz2
import hashlib
import io
from typing import Protocol

from pbins.storage.errors import BrokenTarball

_CHUNK = 2**17


class Readable(Protocol):
    """A file as far as it is needed here."""

    def read(self, size: int, /) -> bytes: ...


class HashingBzip2Reader(io.RawIOBase):
    """The uncompressed stream of `file`, in memory that does not grow with it.

    Stricter than `bz2.open`: a stream cut short and bytes behind the last stream are errors.
    Several streams behind each other are one file, as bzip2 itself has it.
    """

    def __init__(self, file: Readable) -> None:
        self.size = 0
        self.sha256 = hashlib.sha256()
        self.sha512 = hashlib.sha512()
        self.end_of_content = 0
        """Offset behind the last byte so far, of the uncompressed ones, that is not zero."""
        self.position = 0
        self._file = file
        self._stream = bz2.BZ2Decompressor()
        self._compressed = b""

    def read(self, size: int = _CHUNK, /) -> bytes:
        """At most `size` uncompressed bytes, empty at the end; raises BrokenTarball."""
        while True:
            if self._stream.eof and not self._next_stream():
                return b""
            content = self._decompress(size)
            if content:
                return self._counted(content)

    def drain(self) -> None:
        """Read what is left, so that the sums cover the whole file."""
        while self.read():
            pass

    def _decompress(self, size: int) -> bytes:
        if self._stream.needs_input and not self._compressed and not self._fill():
            where = "is empty" if self.size == 0 else f"is cut short after {self.size} bytes"
            raise BrokenTarball(f"the file {where}")
        compressed, self._compressed = self._compressed, b""
        try:
            return self._stream.decompress(compressed, size)
        except OSError as error:
            raise BrokenTarball(f"bad bzip2 content before byte {self.size}") from error

    def _next_stream(self) -> bool:
        self._compressed = self._stream.unused_data
        if not self._compressed and not self._fill():
            return False
        self._stream = bz2.BZ2Decompressor()
        return True

    def _fill(self) -> bool:
        self._compressed = self._file.read(_CHUNK)
        self.size += len(self._compressed)
        self.sha256.update(self._compressed)
        self.sha512.update(self._compressed)
        return bool(self._compressed)

    def _counted(self, content: bytes) -> bytes:
        filled = len(content.rstrip(b"\0"))
        if filled:
            self.end_of_content = self.position + filled
        self.position += len(content)
        return content
