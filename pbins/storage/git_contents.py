"""What many commits hold, read once however much they share; and names of objects not yet made."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from pbins.storage.git_names import check_commit, is_commit
from pbins.storage.git_objects import batch
from pbins.storage.git_process import run_git
from pbins.storage.paths import check_tree_path

_PLAIN_FILE = b"100"
"""How the mode of a file begins; links (120) and other repositories (160) begin otherwise."""

_AT_ONCE = 500


def blob_id(content: bytes) -> str:
    """The name that git gives a file of this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def blobs(repository: Path, commit: str, under: str = "") -> dict[str, str]:
    """The plain files of a commit, all or those below `under`: path to blob id. Raises GitError."""
    place = [check_tree_path(under)] if under else []
    listing = run_git(
        repository, "ls-tree", "-r", "-z", "--full-tree", check_commit(commit), "--", *place
    )
    entries = (line.split(b"\t", 1) for line in listing.split(b"\0") if line)
    return {
        path.decode("utf-8", "surrogateescape"): entry.split(b" ")[2].decode()
        for entry, path in entries
        if entry.startswith(_PLAIN_FILE)
    }


def blobs_named(repository: Path, commits: Collection[str], name: str) -> set[str]:
    """Blob ids of everything that files called `name` are in the trees of these commits.

    What the repository does not have, or what names no commit, is passed over. Raises GitError.
    """
    known = [commit for commit in commits if is_commit(commit)]
    if not known:
        return set()
    listing = run_git(
        repository,
        *("rev-list", "--objects", "--no-walk", "--ignore-missing", "--stdin"),
        stdin="".join(f"{commit}\n" for commit in known).encode(),
    )
    ending = f"/{name}".encode()
    lines = (line for line in listing.splitlines() if line.endswith(ending))
    return {line.split(b" ", 1)[0].decode() for line in lines}


def contents_of(repository: Path, objects: Iterable[str]) -> Iterator[bytes]:
    """What each of these objects holds, in their order.

    Raises GitError, also for one that is not there.
    """
    asked = list(objects)
    for start in range(0, len(asked), _AT_ONCE):
        names = "".join(f"{name}\n" for name in asked[start : start + _AT_ONCE]).encode()
        yield from batch(run_git(repository, "cat-file", "--batch", stdin=names))
