"""What two commits of one repository differ in; as quick as the difference is small."""

from collections.abc import Iterator
from dataclasses import dataclass

from pbins.storage.git import GitRepository
from pbins.storage.git_names import check_commit
from pbins.storage.git_process import run_git
from pbins.storage.paths import check_tree_path

_NOTHING = b"0" * 40


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file: the blob in the one commit and in the other; None where it is not."""

    path: str
    before: str | None
    after: str | None


def changed_files(
    repository: GitRepository, before: str, after: str, under: str = ""
) -> Iterator[FileChange]:
    """The files that are not the same in both commits, all or those below `under`, by path.

    Raises GitError, also for a commit that is not there.
    """
    place = [check_tree_path(under)] if under else []
    listing = run_git(
        repository.path,
        *("diff-tree", "-r", "-z", "--no-renames"),
        *(check_commit(before), check_commit(after), "--", *place),
    )
    return (
        FileChange(path.decode("utf-8", "surrogateescape"), _blob(old), _blob(new))
        for path, old, new in _changes(listing)
    )


def _blob(name: bytes) -> str | None:
    return None if name == _NOTHING else name.decode()


def _changes(listing: bytes) -> Iterator[tuple[bytes, bytes, bytes]]:
    """Path, blob before and blob after, of ":MODE MODE BLOB BLOB STATUS", NUL, path, NUL."""
    fields = iter(listing.split(b"\0"))
    for described in fields:
        if described:
            _, _, old, new, _ = described.split(b" ")
            yield next(fields), old, new
