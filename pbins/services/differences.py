"""What two states of a repository differ in, read from git: publications, or heads of channels.

Git's own listing tells which versions differ and how; the pbins are read for those only that
somebody looks at.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import NamedTuple, overload

from pbins.models import ChangeKind, Pbin, Repository
from pbins.paludis.errors import ParseError
from pbins.paludis.names import PackageNamePart, PbinFileName
from pbins.services.arrivals import Refusal, read_arrival
from pbins.services.holdings import VersionPlace
from pbins.services.parts import in_parts
from pbins.services.places import git_of
from pbins.storage.git import GitRepository
from pbins.storage.git_contents import contents_of
from pbins.storage.git_diff import FileChange, changed_files

_REMEMBERED = 8


class PbinFile(NamedTuple):
    """A file of a commit, and the git object that is its content."""

    path: str
    blob: str


class StoredPbin(NamedTuple):
    """The key of a pbin, and its tarball's name, empty when that is not present, and bytes."""

    key: int
    tarball: str
    size: int | None = None


class ChangedPlace(NamedTuple):
    """A version that is not the same in both states, by its file in each."""

    place: VersionPlace
    before: PbinFile | None
    after: PbinFile | None

    @property
    def kind(self) -> ChangeKind:
        return _kind(self.before, self.after)


_File = tuple[str, str] | None
_Row = tuple[VersionPlace, _File, _File]


@dataclass(frozen=True, slots=True)
class VersionChange:
    """One version that is not the same in both states; the pbin in each, None where it is not."""

    before: Pbin | None
    after: Pbin | None

    @property
    def kind(self) -> ChangeKind:
        return _kind(self.before, self.after)

    @property
    def pbin(self) -> Pbin:
        """The one that says what it is: the newer of the two."""
        found = self.after or self.before
        if found is None:
            raise ValueError("a change of nothing")
        return found

    @property
    def name(self) -> str:
        return self.pbin.name

    @property
    def version(self) -> str:
        return self.pbin.version


class Difference(Sequence[VersionChange]):
    """By package and version. Counted without a look at any pbin; a slice reads its own ones.

    What is kept are plain tuples of texts: looking for garbage among tens of thousands of objects
    of our own took 0.1 s of somebody's request.
    """

    def __init__(self, repository: Repository, rows: Sequence[_Row]) -> None:
        self.repository = repository
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[VersionChange]:
        for part in in_parts(self._rows):
            yield from _read(self.repository, [_changed_place(row) for row in part])

    @overload
    def __getitem__(self, wanted: int) -> VersionChange: ...

    @overload
    def __getitem__(self, wanted: slice) -> list[VersionChange]: ...

    def __getitem__(self, wanted: int | slice) -> VersionChange | list[VersionChange]:
        if isinstance(wanted, int):
            return next(_read(self.repository, [_changed_place(self._rows[wanted])]))
        return list(_read(self.repository, [_changed_place(row) for row in self._rows[wanted]]))

    @property
    def places(self) -> Iterator[ChangedPlace]:
        return map(_changed_place, self._rows)

    @cached_property
    def counts(self) -> dict[ChangeKind, int]:
        """How many versions were added, replaced and removed."""
        kinds = [_kind(before, after) for _, before, after in self._rows]
        return {kind: kinds.count(kind) for kind in ChangeKind}

    def where(self, is_wanted: Callable[[ChangedPlace], bool]) -> "Difference":
        wanted = [row for row in self._rows if is_wanted(_changed_place(row))]
        return Difference(self.repository, wanted)


def difference(repository: Repository, before: str, after: str) -> Difference:
    """From commit ``before`` to commit ``after``.

    A version may lie in two files that are equal to Paludis (1.0 and 1.0-r0): that is a
    replacement. Raises StorageError, as reading its pbins does.
    """
    return Difference(repository, _changed_places(git_of(repository), before, after))


def stored_pbins(repository: Repository, files: Iterable[PbinFile]) -> dict[PbinFile, StoredPbin]:
    """Which stored pbins these files are, without those that are not stored any more."""
    found: dict[PbinFile, StoredPbin] = {}
    for part in in_parts(files):
        digests = _digests(_contents(repository, part))
        rows = repository.pbins.order_by().filter(path__in={file.path for file in digests})
        stored = {
            (path, digest): StoredPbin(key, name if is_present else "", size)
            for path, digest, key, name, is_present, size in rows.values_list(
                *("path", "digest", "pk", "tarball__name", "tarball__is_present", "tarball__size")
            )
        }
        identities = ((file, (file.path, digest)) for file, digest in digests.items())
        found |= {file: stored[one] for file, one in identities if one in stored}
    return found


def _kind(before: object | None, after: object | None) -> ChangeKind:
    if before is None:
        return ChangeKind.ADDED
    return ChangeKind.REMOVED if after is None else ChangeKind.REPLACED


@lru_cache(maxsize=_REMEMBERED)
def _changed_places(git: GitRepository, before: str, after: str) -> tuple[_Row, ...]:
    """Remembered, for commits never change and a long list is read page by page."""
    if before == after:
        return ()
    old: dict[VersionPlace, _File] = {}
    new: dict[VersionPlace, _File] = {}
    for file in changed_files(git, before, after, "packages"):
        place = _place_in(file)
        if place is None:
            continue
        if file.before is not None:
            old[place] = (file.path, file.before)
        if file.after is not None:
            new[place] = (file.path, file.after)
    places = sorted(old.keys() | new.keys())
    return tuple((place, old.get(place), new.get(place)) for place in places)


def _changed_place(row: _Row) -> ChangedPlace:
    place, before, after = row
    return ChangedPlace(
        place,
        PbinFile(*before) if before else None,
        PbinFile(*after) if after else None,
    )


def _place_in(file: FileChange) -> VersionPlace | None:
    """None for what is no pbin, as a Manifest."""
    parts = file.path.split("/")
    if len(parts) != 4 or ".pbin-" not in parts[3]:
        return None
    _, category, package, name = parts
    try:
        version = PbinFileName.parse(name, PackageNamePart(package)).version
    except ParseError:
        return None
    return (category, package, version.sort_key)


def _read(repository: Repository, places: Sequence[ChangedPlace]) -> Iterator[VersionChange]:
    pairs = [(place.before, place.after) for place in places]
    rows = _rows(repository, {file for pair in pairs for file in pair if file is not None})
    for before, after in pairs:
        yield VersionChange(rows[before] if before else None, rows[after] if after else None)


def _rows(repository: Repository, files: Iterable[PbinFile]) -> dict[PbinFile, Pbin]:
    """The stored pbins that these files are; one that is not stored any more is read anew."""
    contents = _contents(repository, files)
    digests = _digests(contents)
    paths = {file.path for file in digests}
    stored = repository.pbins.order_by().filter(path__in=paths).select_related("tarball")
    known = {(pbin.path, pbin.digest): pbin for pbin in stored}
    for pbin in known.values():
        pbin.repository = repository
    return {
        file: known.get((file.path, digest)) or _anew(repository, file, contents[file])
        for file, digest in digests.items()
    }


def _anew(repository: Repository, file: PbinFile, content: bytes) -> Pbin:
    """One that can't be read any more is named, and has nothing to tell."""
    read = read_arrival(repository, file.path, content)
    if not isinstance(read, Refusal):
        return read
    _, category, package, name = file.path.split("/")
    version = PbinFileName.parse(name, PackageNamePart(package)).version
    return Pbin(
        repository=repository,
        category=category,
        package=package,
        version=version.text,
        version_key=version.sort_key,
        path=file.path,
    )


def _contents(repository: Repository, files: Iterable[PbinFile]) -> dict[PbinFile, bytes]:
    wanted = list(files)
    contents = contents_of(git_of(repository).path, (file.blob for file in wanted))
    return dict(zip(wanted, contents, strict=True))


def _digests(contents: dict[PbinFile, bytes]) -> dict[PbinFile, str]:
    return {file: sha256(content).hexdigest() for file, content in contents.items()}
