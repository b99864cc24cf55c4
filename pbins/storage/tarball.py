"""Whether a pbin's tarball is whole, and what is in it: read once, front to back."""

import stat
import tarfile
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pbins.storage.bzip2 import HashingBzip2Reader, Readable
from pbins.storage.elf import MAGIC, Linkage, read_linkage
from pbins.storage.errors import BrokenTarball
from pbins.storage.tar_headers import BoundedTarInfo

ENVIRONMENT = "PBIN/environment"
"""The build's shell environment, which a consumer's cave can't do without (FACTS 2.2)."""

_LARGEST_ENVIRONMENT = 16 * 2**20
_LARGEST_ELF = 64 * 2**20
_END_MARK = 2 * tarfile.BLOCKSIZE


class FileType(StrEnum):
    FILE = "file"
    DIRECTORY = "directory"
    SYMLINK = "symlink"
    HARDLINK = "hardlink"
    CHARACTER_DEVICE = "character device"
    BLOCK_DEVICE = "block device"
    FIFO = "fifo"


_TYPES = {
    tarfile.REGTYPE: FileType.FILE,
    tarfile.AREGTYPE: FileType.FILE,
    tarfile.CONTTYPE: FileType.FILE,
    tarfile.GNUTYPE_SPARSE: FileType.FILE,
    tarfile.DIRTYPE: FileType.DIRECTORY,
    tarfile.SYMTYPE: FileType.SYMLINK,
    tarfile.LNKTYPE: FileType.HARDLINK,
    tarfile.CHRTYPE: FileType.CHARACTER_DEVICE,
    tarfile.BLKTYPE: FileType.BLOCK_DEVICE,
    tarfile.FIFOTYPE: FileType.FIFO,
}


NO_LINKAGE = Linkage()


@dataclass(frozen=True, slots=True)
class TarballFile:
    """One entry as it will be installed: `path` is relative to the root, `link` "" for no link."""

    path: str
    size: int
    type: FileType
    mode: int
    link: str
    linkage: Linkage = NO_LINKAGE

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rstrip("/").rpartition("/")[2]

    @property
    def permissions(self) -> str:
        """As `ls -l` has them: `rwxr-xr-x`."""
        return stat.filemode(self.mode)[1:]


@dataclass(frozen=True, slots=True)
class TarballReport:
    """A whole tarball: its size in bytes and sums as it lies on the disk, and what it installs."""

    size: int
    sha256: str
    sha512: str
    files: tuple[TarballFile, ...]
    environment: bytes


def read_tarball(path: Path) -> TarballReport:
    """Read the .tar.bz2 at `path` to its very end.

    `files` is in the order of the archive, without PBIN/environment, whose content is apart.
    Raises BrokenTarball when anything at all is not as cave writes it.
    """
    with path.open("rb") as file:
        return read_tarball_stream(file)


def read_tarball_stream(file: Readable) -> TarballReport:
    """The same of a tarball that may still be coming in: `read` waits for what is not there yet."""
    reader = HashingBzip2Reader(file)
    environment, files = _read_archive(reader)
    if environment is None:
        raise BrokenTarball(f"{ENVIRONMENT} is not in it")
    return TarballReport(
        size=reader.size,
        sha256=reader.sha256.hexdigest(),
        sha512=reader.sha512.hexdigest(),
        files=files,
        environment=environment,
    )


def _read_archive(reader: HashingBzip2Reader) -> tuple[bytes | None, tuple[TarballFile, ...]]:
    environment = None
    files = []
    try:
        with tarfile.open(
            fileobj=reader, mode="r|", encoding="utf-8", tarinfo=BoundedTarInfo
        ) as archive:
            for entry in archive:
                if entry.name == ENVIRONMENT:
                    environment = _read_environment(archive, entry)
                elif not (entry.isdir() and entry.name == "PBIN"):
                    files.append(_file(entry, _read_linkage(archive, entry)))
            reader.drain()
            _check_end(reader, archive.offset)
    except (tarfile.TarError, ValueError, OverflowError) as error:
        raise BrokenTarball(f"bad tar content: {error}") from error
    return environment, tuple(files)


def _check_end(reader: HashingBzip2Reader, offset: int) -> None:
    """Two blocks of zeros and nothing else after `offset`, where the reader stopped.

    tarfile takes an unreadable or missing header in the middle for the end.
    """
    if reader.end_of_content > offset:
        raise BrokenTarball(f"unreadable tar header at byte {offset}")
    if reader.position < offset + _END_MARK:
        raise BrokenTarball(f"the archive stops at byte {offset} without an end mark")


def _read_environment(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    if not entry.isreg():
        raise BrokenTarball(f"{ENVIRONMENT} is not a plain file")
    if entry.size > _LARGEST_ENVIRONMENT:
        raise BrokenTarball(f"{ENVIRONMENT} is larger than {_LARGEST_ENVIRONMENT} bytes")
    content = archive.extractfile(entry)
    return content.read() if content else b""


def _read_linkage(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> Linkage:
    """Of an ELF file, unless it is so large that nobody wants it in memory."""
    content = archive.extractfile(entry) if entry.isreg() else None
    if content is None or entry.size > _LARGEST_ELF or content.read(len(MAGIC)) != MAGIC:
        return NO_LINKAGE
    return read_linkage(MAGIC + content.read())


def _file(entry: tarfile.TarInfo, linkage: Linkage) -> TarballFile:
    path = _text(entry.name)
    if path.startswith("/") or ".." in path.split("/"):
        raise BrokenTarball(f"{path} leads out of the root that it is installed to")
    if entry.type not in _TYPES:
        raise BrokenTarball(f"{path} has the unknown type {entry.type!r}")
    return TarballFile(
        path=path,
        size=entry.size if entry.isreg() else 0,
        type=_TYPES[entry.type],
        mode=entry.mode,
        link=_text(entry.linkname),
        linkage=linkage,
    )


def _text(name: str) -> str:
    """A name that can be stored and shown: bytes that are not UTF-8 appear as \\xNN."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
