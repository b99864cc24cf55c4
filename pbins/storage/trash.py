"""Where tarballs wait that nobody needs any more, until it is sure that nobody misses them."""

import os
from dataclasses import dataclass
from pathlib import Path

from pbins.storage.disk import sync_directory
from pbins.storage.distfiles import Distfiles, FileState


@dataclass(frozen=True, slots=True)
class Trash:
    """One directory beside the distfiles; each tarball is whole in the one or in the other.

    Every act may be repeated after a crash.
    """

    root: Path

    @property
    def _files(self) -> Distfiles:
        return Distfiles(self.root)

    def has(self, name: str) -> bool:
        return self._files.has(name)

    def state(self, name: str) -> FileState | None:
        """None when it is not here."""
        return self._files.state(name)

    def sha256(self, name: str) -> str:
        """Read a tarball whole; raises FileMissing."""
        return self._files.sha256(name)

    def put(self, distfiles: Distfiles, name: str) -> None:
        """Move a tarball here; raises NameTaken, StorageFull, UnsafePath."""
        _move(distfiles, self._files, name)

    def restore(self, distfiles: Distfiles, name: str) -> None:
        """Move a tarball back; raises NameTaken, StorageFull, UnsafePath."""
        _move(self._files, distfiles, name)

    def delete(self, name: str) -> None:
        """For good; nothing happens when it is not here."""
        self._files.path(name).unlink(missing_ok=True)

    def listing(self) -> dict[str, FileState]:
        return self._files.listing()

    def size(self) -> int:
        """Bytes of everything in it."""
        return sum(state.size for state in self.listing().values())


def _move(source: Distfiles, target: Distfiles, name: str) -> None:
    modified = source.path(name).stat() if source.has(name) else None
    target.admit(source.path(name), name)
    if modified is not None:  # a copy to another device is younger than its original
        os.utime(target.path(name), ns=(modified.st_atime_ns, modified.st_mtime_ns))
    if source.root.is_dir():
        sync_directory(source.root)
