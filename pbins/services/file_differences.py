"""Which files differ in two tarballs, as far as their listings tell: no content is read."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pbins.models import TarballListing
from pbins.services.listing_rows import files_of
from pbins.storage.tarball import FileType, TarballFile


class FileChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file with what it was and what it is; None where it was not, or is not."""

    path: str
    before: TarballFile | None
    after: TarballFile | None

    @property
    def kind(self) -> FileChangeKind:
        if self.before is None:
            return FileChangeKind.ADDED
        return FileChangeKind.REMOVED if self.after is None else FileChangeKind.CHANGED

    @property
    def is_resized(self) -> bool:
        return bool(self.before and self.after and self.before.size != self.after.size)

    @property
    def is_permitted_otherwise(self) -> bool:
        return bool(self.before and self.after and self.before.mode != self.after.mode)

    @property
    def is_linked_otherwise(self) -> bool:
        return bool(self.before and self.after and self.before.link != self.after.link)

    @property
    def is_of_another_type(self) -> bool:
        return bool(self.before and self.after and self.before.type != self.after.type)


@dataclass(frozen=True, slots=True)
class FileChanges:
    """Those of two tarballs by path, and what is not the same in their sonames."""

    files: tuple[FileChange, ...]
    sonames_gone: tuple[str, ...]
    sonames_new: tuple[str, ...]
    needs_gone: tuple[str, ...]
    needs_new: tuple[str, ...]
    size_before: int
    size_after: int

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many of each kind, for kinds that there are."""
        kinds = [change.kind for change in self.files]
        return [(kind.value, kinds.count(kind)) for kind in FileChangeKind if kind in kinds]

    @property
    def are_sonames_different(self) -> bool:
        return bool(self.sonames_gone or self.sonames_new or self.needs_gone or self.needs_new)


def file_changes(before: TarballListing, after: TarballListing) -> FileChanges:
    """From one tarball to the other; directories are left out, sizes are of installed files."""
    old, new = files_of(before), files_of(after)
    provided = [
        {file.linkage.soname for file in side if file.linkage.soname} for side in (old, new)
    ]
    needed = [{name for file in side for name in file.linkage.needed} for side in (old, new)]
    return FileChanges(
        tuple(_changes(_by_path(old), _by_path(new))),
        tuple(sorted(provided[0] - provided[1])),
        tuple(sorted(provided[1] - provided[0])),
        tuple(sorted(needed[0] - needed[1])),
        tuple(sorted(needed[1] - needed[0])),
        sum(file.size for file in old),
        sum(file.size for file in new),
    )


def _by_path(files: tuple[TarballFile, ...]) -> dict[str, TarballFile]:
    return {file.path.strip("/"): file for file in files if file.type is not FileType.DIRECTORY}


def _changes(old: dict[str, TarballFile], new: dict[str, TarballFile]) -> Iterator[FileChange]:
    for path in sorted(old.keys() | new.keys()):
        before, after = old.get(path), new.get(path)
        if before is None or after is None or _shown(before) != _shown(after):
            yield FileChange(path, before, after)


def _shown(file: TarballFile) -> tuple[str, int, int, str]:
    return file.type, file.size, file.mode, file.link
