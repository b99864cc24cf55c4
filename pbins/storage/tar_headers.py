"""Headers of archives from outside: none may claim so much that reading it fills the memory."""

import tarfile
from typing import Self

_READ_WHOLE = frozenset(
    (
        tarfile.GNUTYPE_LONGNAME,
        tarfile.GNUTYPE_LONGLINK,
        tarfile.XHDTYPE,
        tarfile.XGLTYPE,
        tarfile.SOLARIS_XHDTYPE,
    )
)
"""What the library reads into memory before it hands out anything."""

_LONGEST = 2**20


class HugeHeader(ValueError):
    """A name or an extended header of more bytes than any file system would take."""


class BoundedTarInfo(tarfile.TarInfo):
    """As the library has it, but for that."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        entry = super().frombuf(buf, encoding, errors)
        if entry.type in _READ_WHOLE and entry.size > _LONGEST:
            raise HugeHeader(f"a header of {entry.size} bytes")
        return entry
