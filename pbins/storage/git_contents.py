"""What many commits hold, read once however much they share; and names of objects not yet made."""

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path

from pbins.storage.git_names import check_commit, is_commit
from pbins.storage.git_objects import batch
from pbins.storage.git_process import run_git


def blob_id(content: bytes) -> str:
    """The name that git gives a file of this content."""
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def blobs(repository: Path, commit: str, under: str) -> dict[str, str]:
    """The plain files of a commit below `under`: path to blob id. Raises GitError."""
    listing = run_git(
        repository, "ls-tree", "-r", "-z", "--full-tree", check_commit(commit), "--", under
    )
    found = {}
    for line in listing.split(b"\0"):
        entry, _, path = line.partition(b"\t")
        if entry.startswith(b"100"):
            found[path.decode("utf-8", "surrogateescape")] = entry.split(b" ")[2].decode()
    return found


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


def contents_of(repository: Path, blobs: Collection[str]) -> Iterator[bytes]:
    """What each of these blobs holds. Raises GitError."""
    asked = "".join(f"{blob}\n" for blob in blobs).encode()
    yield from batch(run_git(repository, "cat-file", "--batch", stdin=asked))
