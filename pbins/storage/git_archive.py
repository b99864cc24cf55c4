"""The tree of a branch as one file, for hosts without git; made once for each commit."""

import time
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from pbins.storage.disk import disk_errors
from pbins.storage.git import GitRepository
from pbins.storage.git_process import run_git

ENDING = ".tar.gz"
MAKING_SECONDS = 3600
KEPT = 4
"""Of one cache, the latest besides those of heads: a host may ask for the rest of one."""


def archive_of(repository: GitRepository, branch: str, cache: Path) -> Path | None:
    """COMMIT.tar.gz in `cache`, whole; None when there is no such branch.

    Raises ValueError for what can't be a branch, and StorageError.
    """
    commit = repository.head(branch) if repository.exists() else None
    if commit is None:
        return None
    path = cache / f"{commit}{ENDING}"
    if not path.is_file():
        _make(repository, commit, path)
    return path


def open_archive(repository: GitRepository, branch: str, cache: Path) -> BinaryIO | None:
    """As `archive_of`, opened: who prunes the cache from now on takes nothing from the reader."""
    while True:
        path = archive_of(repository, branch, cache)
        if path is None:
            return None
        with suppress(FileNotFoundError):  # the branch moved on meanwhile, so it was pruned
            return path.open("rb")


def _make(repository: GitRepository, commit: str, path: Path) -> None:
    fresh = path.with_name(f".{uuid4().hex}")
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            run_git(repository.path, "archive", "--format=tar.gz", f"--output={fresh}", commit)
            fresh.rename(path)
        finally:
            fresh.unlink(missing_ok=True)
    _forget_old(repository, path.parent)


def _forget_old(repository: GitRepository, cache: Path) -> None:
    heads = set(repository.heads().values())
    made = []
    for path in cache.glob(f"*{ENDING}"):
        if path.name.removesuffix(ENDING) in heads:
            continue
        with suppress(FileNotFoundError):  # somebody else forgets at this moment
            made.append((path.stat().st_mtime, path))
    for _, old in sorted(made)[:-KEPT]:
        old.unlink(missing_ok=True)


def prune_archives(repository: GitRepository, cache: Path) -> int:
    """Delete the archives of commits that no branch is at, and half-written ones; their bytes.

    Who reads one at this moment goes on reading it.
    """
    current = set(repository.heads().values()) if repository.exists() else set()
    freed = 0
    for path in cache.iterdir() if cache.is_dir() else ():
        if path.name.removesuffix(ENDING) in current or _is_fresh(path):
            continue
        freed += path.lstat().st_size
        path.unlink(missing_ok=True)
    return freed


def _is_fresh(path: Path) -> bool:
    """Whether it may be just being made."""
    return path.name.startswith(".") and time.time() - path.lstat().st_mtime < MAKING_SECONDS
