"""The directory of tarballs that hosts download from: files come in whole, and never change."""

import errno
import filecmp
import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from pbins.storage.disk import disk_errors, sync_directory, sync_file
from pbins.storage.errors import FileMissing, NameTaken, UnsafePath
from pbins.storage.paths import check_file_name, is_file_name

_NO_LINK_HERE = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK})
"""Another device, another owner's file, too many links."""

_SERVABLE = 0o644
Room = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class FileState:
    """What tells cheaply whether a file is still what it was: bytes, and ns since 1970."""

    size: int
    modified: int
    changed: int
    """When the inode last changed, a new name included; no program can set this one."""


@dataclass(frozen=True, slots=True)
class Distfiles:
    """One flat directory; a name is there with all its bytes on the disk, or not at all."""

    root: Path

    def path(self, name: str) -> Path:
        """Where `name` is or will be; raises UnsafePath rather than lead out of the root.

        A symbolic link is refused whatever it points at: we serve what we were given, not what
        somebody made us point to.
        """
        path = self.root / check_file_name(name)
        if path.is_symlink():
            raise UnsafePath(name, "a symbolic link among the distfiles")
        return path

    def has(self, name: str) -> bool:
        """Whether a plain file of that name is there."""
        return self._status(name) is not None

    def size(self, name: str) -> int:
        """Bytes of `name`; raises FileMissing."""
        status = self._status(name)
        if status is None:
            raise FileMissing(name, str(self.root))
        return status.st_size

    def state(self, name: str) -> FileState | None:
        """None when there is no plain file of that name."""
        status = self._status(name)
        return None if status is None else _state(status)

    def listing(self) -> dict[str, FileState]:
        """Every plain file that could be served, by name."""
        return {
            entry.name: _state(entry.stat(follow_symlinks=False))
            for entry in self._entries()
            if _is_servable(entry)
        }

    def strays(self) -> dict[str, FileState]:
        """Whatever else lies here: what a crash left half written, links, directories."""
        return {
            entry.name: _state(entry.stat(follow_symlinks=False))
            for entry in self._entries()
            if not _is_servable(entry)
        }

    def sha256(self, name: str) -> str:
        """Read `name` whole; raises FileMissing."""
        try:
            with self.path(name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError as error:
            raise FileMissing(name, str(self.root)) from error

    def mend(self, incoming: Path, name: str) -> None:
        """Put the file at `incoming` in the place of a damaged `name`, at once.

        The only way to replace a tarball; the caller has seen that `incoming` is what it was.
        """
        with disk_errors(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
            incoming.chmod(_SERVABLE)
            sync_file(incoming)
            incoming.replace(self.path(name))
            sync_directory(self.root)

    def admit(self, incoming: Path, name: str, *, settle: bool = True) -> None:
        """Take the file at `incoming` in as `name`: it is gone there and whole here.

        To repeat it after a crash does no harm. Who takes in many does not `settle` each, but all
        of them in the end. Raises NameTaken, StorageFull, UnsafePath.
        """
        target = self.path(name)
        if not incoming.exists() and self.has(name):
            return
        with disk_errors(self.root):
            if stat.S_IMODE(incoming.stat().st_mode) != _SERVABLE:
                incoming.chmod(_SERVABLE)
            self._place(incoming, target)
            if settle:
                sync_directory(self.root)
            incoming.unlink()

    def adopt(
        self, source: Path, name: str, *, settle: bool = True, room: Room | None = None
    ) -> None:
        """Have the file at `source` as `name` too, by hard link where that works; it stays there.

        `room` hears the bytes of a copy before it is made, and may raise to prevent it. Raises as
        `admit` does, and UnsafePath when `source` is not a plain file.
        """
        target = self.path(name)
        if not stat.S_ISREG(source.lstat().st_mode):
            raise UnsafePath(str(source), "not a plain file")
        with disk_errors(self.root):
            self._place(source, target, room)
            if settle:
                sync_directory(self.root)

    def settle(self) -> None:
        """Return when all names that are here are on the disk."""
        if self.root.exists():
            with disk_errors(self.root):
                sync_directory(self.root)

    def _entries(self) -> list["os.DirEntry[str]"]:
        try:
            with os.scandir(self.root) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except FileNotFoundError:
            return []

    def _status(self, name: str) -> os.stat_result | None:
        try:
            status = (self.root / check_file_name(name)).lstat()
        except FileNotFoundError:
            return None
        return status if stat.S_ISREG(status.st_mode) else None

    def _place(self, source: Path, target: Path, room: Room | None = None) -> None:
        self.root.mkdir(parents=True, exist_ok=True)
        sync_file(source)
        try:
            _link_or_copy(source, target, room)
        except FileExistsError as error:
            if not filecmp.cmp(source, target, shallow=False):
                raise NameTaken(target.name) from error


def _state(status: os.stat_result) -> FileState:
    return FileState(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def _is_servable(entry: "os.DirEntry[str]") -> bool:
    return entry.is_file(follow_symlinks=False) and is_file_name(entry.name)


def _link_or_copy(source: Path, target: Path, room: Room | None) -> None:
    """Make `target` at once; a link, unlike a rename, can't replace what is there."""
    try:
        target.hardlink_to(source)
    except OSError as error:
        if error.errno not in _NO_LINK_HERE:
            raise
        if room is not None:
            room(source.stat().st_size)
        _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    # Begins with a dot, so that no name from outside can reach it.
    partial = target.parent / f".{uuid4().hex}.partial"
    try:
        shutil.copyfile(source, partial)
        partial.chmod(_SERVABLE)
        sync_file(partial)
        target.hardlink_to(partial)
    finally:
        partial.unlink(missing_ok=True)
