"""What two states of a repository differ in, read from git: publications, or heads of channels."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from pbins.models import ChangeKind, Pbin, Repository
from pbins.services.arrivals import Refusal, read_arrival
from pbins.services.holdings import VersionPlace, place_of
from pbins.services.publishing import git_of
from pbins.storage.git_diff import changed_files

_AT_ONCE = 500


@dataclass(frozen=True)
class VersionChange:
    """One version that is not the same in both states; the pbin in each, None where it is not."""

    before: Pbin | None
    after: Pbin | None

    @cached_property
    def kind(self) -> ChangeKind:
        if self.before is None:
            return ChangeKind.ADDED
        return ChangeKind.REMOVED if self.after is None else ChangeKind.REPLACED

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


def difference(repository: Repository, before: str, after: str) -> tuple[VersionChange, ...]:
    """From commit ``before`` to commit ``after``, by package and version.

    A version may lie in two files that are equal to Paludis (1.0 and 1.0-r0): that is a
    replacement. Raises StorageError.
    """
    if before == after:
        return ()
    files = [
        file
        for file in changed_files(git_of(repository), before, after, "packages")
        if ".pbin-" in file.path.rpartition("/")[2]
    ]
    old = _rows(repository, [(file.path, file.before) for file in files if file.before is not None])
    new = _rows(repository, [(file.path, file.after) for file in files if file.after is not None])
    places = sorted(old.keys() | new.keys())
    return tuple(VersionChange(old.get(place), new.get(place)) for place in places)


def _rows(repository: Repository, files: Collection[tuple[str, bytes]]) -> dict[VersionPlace, Pbin]:
    """The stored pbins that these files are; one that is not stored any more is read anew."""
    digests = {(path, sha256(content).hexdigest()): content for path, content in files}
    known = {(pbin.path, pbin.digest): pbin for pbin in _stored(repository, digests)}
    rows = (
        known.get(key) or read_arrival(repository, key[0], content)
        for key, content in digests.items()
    )
    return {place_of(row): row for row in rows if not isinstance(row, Refusal)}


def _stored(repository: Repository, wanted: Collection[tuple[str, str]]) -> Iterator[Pbin]:
    digests = sorted({digest for _, digest in wanted})
    for start in range(0, len(digests), _AT_ONCE):
        yield from repository.pbins.filter(
            digest__in=digests[start : start + _AT_ONCE]
        ).select_related("tarball", "repository")
