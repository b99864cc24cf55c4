"""How a listing is kept: rows of JSON, compressed, in the order of the archive."""

import json
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from pbins.models import TarballListing
from pbins.storage.elf import Linkage
from pbins.storage.tarball import NO_LINKAGE, FileType, TarballFile

Row = list[Any]
"""Path, type, size, mode and link; then soname, needed sonames and bits where there are any."""


def content_of(files: Sequence[TarballFile]) -> bytes:
    """What a row of TarballListing keeps."""
    rows = [_row(file) for file in files]
    text = json.dumps(rows, separators=(",", ":"), ensure_ascii=False)
    return zlib.compress(text.encode())


def rows_of(listing: TarballListing) -> list[Row]:
    """As they are kept: to make files of them takes longer than to read them."""
    rows: list[Row] = json.loads(zlib.decompress(bytes(listing.content)))
    return rows


def files_of(listing: TarballListing) -> tuple[TarballFile, ...]:
    """In the order of the archive."""
    return tuple(file_of(*row) for row in rows_of(listing))


def paths_of(listing: TarballListing) -> Iterator[str]:
    """Of everything that is no directory."""
    return (row[0] for row in rows_of(listing) if row[1] != FileType.DIRECTORY)


def file_of(
    path: str,
    kind: str,
    size: int,
    mode: int,
    link: str,
    soname: str = "",
    needed: Sequence[str] = (),
    bits: int = 0,
) -> TarballFile:
    """The file that a row tells of."""
    linkage = Linkage(soname, tuple(needed), bits)
    return TarballFile(path, size, FileType(kind), mode, link, linkage)


def _row(file: TarballFile) -> Row:
    row: Row = [file.path, file.type, file.size, file.mode, file.link]
    if file.linkage != NO_LINKAGE:
        row += [file.linkage.soname, file.linkage.needed, file.linkage.bits]
    return row
