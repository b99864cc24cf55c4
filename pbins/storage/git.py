"""Bare git repositories on our own disk: what hosts see of a repository."""

import fcntl
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from pbins.storage.disk import disk_errors, sync_directory, sync_file
from pbins.storage.errors import ChannelMoved, FileMissing, GitError
from pbins.storage.fast_import import commit_stream
from pbins.storage.git_process import run_git
from pbins.storage.paths import check_tree_path

_COMMIT = re.compile(r"[0-9a-f]{40}")
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+-]*(?:[./][A-Za-z0-9_+-]+)*")
_NO_COMMIT = "0" * 40
_PLAIN_FILE = b"100"
"""How the mode of a file begins; links (120) and other repositories (160) begin otherwise."""

_LONGEST_COMMIT = 24 * 3600
"""Seconds after which no git can still be writing the file."""

_SETTINGS = """\
[core]
	fsync = all
	filesRefLockTimeout = 10000
[gc]
	auto = 0
[fastimport]
	# One synced pack for each commit, not a file for each object.
	unpackLimit = 0
[receive]
	denyNonFastForwards = true
	denyDeletes = true
[http]
	receivepack = false
[uploadpack]
	# Who learned of a commit just before a channel was rolled back may still fetch it.
	allowAnySHA1InWant = true
[repack]
	writeBitmaps = true
"""


@dataclass(frozen=True, slots=True)
class GitRepository:
    """One bare repository. Commits are written first and hang in the air; `move` shows them.

    Everything raises GitError when git fails, StorageFull and GitUnavailable.
    """

    path: Path

    def create(self, default_branch: str) -> None:
        """Make it, empty; nothing happens when it is there. Whole at once, or not at all."""
        if self.exists():
            return
        parent = self.path.parent
        fresh = parent / f".{uuid4().hex}.git"
        with disk_errors(self.path):
            parent.mkdir(parents=True, exist_ok=True)
            try:
                _initialise(fresh, default_branch)
                fresh.rename(self.path)
            finally:
                shutil.rmtree(fresh, ignore_errors=True)
            sync_directory(parent)

    def exists(self) -> bool:
        """Whether it has been created."""
        return (self.path / "HEAD").is_file()

    def head(self, branch: str) -> str | None:
        """The commit that `branch` is at; None before its first."""
        return self.heads().get(branch)

    def heads(self) -> dict[str, str]:
        """Every branch and the commit that it is at."""
        lines = self._git(
            "for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads"
        )
        pairs = (line.split(" ", 1) for line in lines.decode().splitlines())
        return {branch: commit for commit, branch in pairs}

    def commit(
        self,
        *,
        parent: str | None,
        changes: Mapping[str, bytes | None],
        message: str,
        author: str,
        when: datetime,
    ) -> str:
        """Write `parent` with `changes` (None deletes) as a new commit; its id. Moves no branch.

        `author` is "Name <address>", `when` has a zone. Raises UnsafePath, ValueError.
        """
        if parent is not None:
            _check_commit(parent)
        stream = commit_stream(
            parent=parent, changes=changes, message=message, author=author, when=when
        )
        return self._git("fast-import", "--quiet", "--done", stdin=stream).decode().strip()

    def move(self, branch: str, *, to: str, expected: str | None) -> None:
        """Let `branch` be at commit `to`, if it still is at `expected` (None: does not exist).

        Raises ChannelMoved, and nothing has changed, when it is not.
        """
        _check_branch(branch)
        # The listings are for clients without smart HTTP: packs before the branch that needs them.
        self._git("update-server-info")
        with self._alone() as lock:
            self._swap(branch, to=_check_commit(to), expected=expected, lock=lock)
        self._git("update-server-info")

    def paths(self, commit: str, under: str = "") -> list[str]:
        """The plain files of a commit, all or those below directory `under`, sorted."""
        return [path for path, _ in self._listing(commit, under)]

    def files(self, commit: str, under: str = "") -> dict[str, bytes]:
        """The plain files of a commit with their content, all or those below `under`."""
        listing = self._listing(commit, under)
        wanted = b"".join(blob + b"\n" for _, blob in listing)
        contents = _batch(self._git("cat-file", "--batch", stdin=wanted))
        return {path: content for (path, _), content in zip(listing, contents, strict=True)}

    def read(self, commit: str, path: str) -> bytes:
        """One file of a commit; raises FileMissing."""
        found = dict(self._listing(commit, path)).get(path)
        if found is None:
            raise FileMissing(path, f"commit {commit}")
        return self._git("cat-file", "blob", found.decode())

    def repack(self) -> None:
        """Gather the packs of many commits into one; safe while others read, commit and move.

        Keeps what no branch leads to: a publication may be waiting for its channel to move.
        """
        self._git("repack", "-a", "-d", "-k", "-q")
        self._git("update-server-info")
        self._sweep()

    def _git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return run_git(self.path, *arguments, stdin=stdin)

    def _swap(self, branch: str, *, to: str, expected: str | None, lock: int) -> None:
        reference = f"refs/heads/{branch}"
        # We are alone, so this was left by a git that was killed.
        (self.path / f"{reference}.lock").unlink(missing_ok=True)
        try:
            run_git(
                self.path, "update-ref", reference, to, expected or _NO_COMMIT, keep_open=[lock]
            )
        except GitError as error:
            found = self.head(branch)
            if found == expected:
                raise
            raise ChannelMoved(branch, expected, found) from error

    def _sweep(self) -> None:
        """Delete what killed gits left behind, once it is too old to belong to a living one."""
        youngest = time.time() - _LONGEST_COMMIT
        for pattern in ("objects/pack/tmp_*", "objects/pack/.tmp-*", "fast_import_crash_*"):
            for left in self.path.glob(pattern):
                if left.stat().st_mtime < youngest:
                    left.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[int]:
        """Hold this repository's lock; git inherits it, so it outlives us only while git runs."""
        descriptor = os.open(self.path / "move.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _listing(self, commit: str, under: str) -> list[tuple[str, bytes]]:
        place = [check_tree_path(under)] if under else []
        listing = self._git(
            "ls-tree", "-r", "-z", "--full-tree", _check_commit(commit), "--", *place
        )
        entries = (line.split(b"\t", 1) for line in listing.split(b"\0") if line)
        return [
            (path.decode("utf-8", "surrogateescape"), entry.split(b" ")[2])
            for entry, path in entries
            if entry.startswith(_PLAIN_FILE)
        ]


def _initialise(fresh: Path, default_branch: str) -> None:
    branch = _check_branch(default_branch)
    run_git(
        fresh,
        "init",
        "--quiet",
        "--bare",
        "--template=",
        "--object-format=sha1",
        f"--initial-branch={branch}",
    )
    config = fresh / "config"
    with config.open("a") as file:
        file.write(_SETTINGS)
    sync_file(config)
    sync_file(fresh / "HEAD")
    sync_directory(fresh)


def _batch(output: bytes) -> Iterator[bytes]:
    """The contents in what `cat-file --batch` prints: "ID blob SIZE", content, newline."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        header = output[position:end]
        if header.endswith(b" missing"):
            raise GitError("cat-file", 0, header.decode())
        size = int(header.rsplit(b" ", 1)[1])
        yield output[end + 1 : end + 1 + size]
        position = end + 1 + size + 1


def _check_commit(commit: str) -> str:
    if not _COMMIT.fullmatch(commit):
        raise ValueError(f"not the id of a commit: {commit!r}")
    return commit


def _check_branch(branch: str) -> str:
    reserved = branch == "HEAD" or ".lock/" in f"{branch}/"
    if reserved or not _BRANCH.fullmatch(branch):
        raise ValueError(f"not the name of a channel: {branch!r}")
    return branch
