"""Bare git repositories on our own disk: what hosts see of a repository."""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from pbins.storage.disk import disk_errors, sync_directory, sync_file
from pbins.storage.errors import ChannelMoved, FileMissing, GitError, StorageError
from pbins.storage.fast_import import commit_stream
from pbins.storage.git_contents import blobs, contents_of
from pbins.storage.git_names import check_branch, check_commit
from pbins.storage.git_process import run_git
from pbins.storage.git_signing import with_signature

_NO_COMMIT = "0" * 40

_LEFTOVERS = ("objects/pack/tmp_*", "objects/pack/.tmp-*", "fast_import_crash_*")
"""What a git that failed or was killed leaves behind."""

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
        """The commit that `branch` is at; None before its first.

        Raises GitError for one that a power cut left empty: git alone takes it for none at all.
        """
        found = self.heads().get(check_branch(branch))
        if found is None and (self.path / "refs" / "heads" / branch).is_file():
            raise GitError("for-each-ref", 0, f"branch {branch} is broken")
        return found

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
        joins: str | None = None,
        sign: Callable[[bytes], str] | None = None,
    ) -> str:
        """Write `parent` with `changes` (None deletes) as a new commit; its id. Moves no branch.

        `author` is "Name <address>"; `when` has a zone, and becomes a second after the parent's if
        it is not: by it hosts without git tell what is new in a tree. `sign` makes an armoured SSH
        signature of what it is given. `joins` is a commit whose history becomes ours too, but not
        its files.
        Raises UnsafePath, ValueError.
        """
        for known in (parent, joins):
            if known is not None:
                check_commit(known)
        if parent is not None:
            when = max(when, self._time_of(parent) + timedelta(seconds=1))
        stream = commit_stream(
            parent=parent,
            changes=changes,
            message=message,
            author=author,
            when=when,
            joins=joins,
        )
        try:
            with self._locked(fcntl.LOCK_SH) as lock:
                made = run_git(
                    self.path, "fast-import", "--quiet", "--done", stdin=stream, keep_open=[lock]
                )
                commit = made.decode().strip()
                return commit if sign is None else self._signed(commit, sign)
        except StorageError:
            self._sweep()
            raise

    def move(self, branch: str, *, to: str, expected: str | None) -> None:
        """Let `branch` be at commit `to`, if it still is at `expected` (None: does not exist).

        Raises ChannelMoved, and nothing has changed, when it is not.
        """
        check_branch(branch)
        # The listings are for clients without smart HTTP: packs before the branch that needs them.
        self._git("update-server-info")
        with self._locked(fcntl.LOCK_EX) as lock:
            self._swap(branch, to=check_commit(to), expected=expected, lock=lock)
        self._git("update-server-info")

    def delete(self, branch: str, *, expected: str) -> None:
        """Let there be no such branch, if it still is at `expected`; its commits stay.

        Raises ChannelMoved; nothing happens when there is none.
        """
        if self.head(branch) is None:
            return
        reference = f"refs/heads/{branch}"
        try:
            with self._locked(fcntl.LOCK_EX) as lock:
                arguments = ("-d", reference, check_commit(expected))
                run_git(self.path, "update-ref", *arguments, keep_open=[lock])
        except GitError as error:
            raise ChannelMoved(branch, expected, self.head(branch)) from error
        self._git("update-server-info")

    def files(self, commit: str, under: str = "") -> dict[str, bytes]:
        """The plain files of a commit with their content, all or those below `under`, by path."""
        found = blobs(self.path, commit, under)
        return dict(zip(found, contents_of(self.path, found.values()), strict=True))

    def read(self, commit: str, path: str) -> bytes:
        """One file of a commit; raises FileMissing."""
        found = blobs(self.path, commit, path).get(path)
        if found is None:
            raise FileMissing(path, f"commit {commit}")
        return self._git("cat-file", "blob", found)

    def leads_to(self, older: str, newer: str) -> bool:
        """Whether commit `newer` goes on from `older`; not when one of them is not here."""
        try:
            self._git("merge-base", "--is-ancestor", check_commit(older), check_commit(newer))
        except GitError:
            return False
        return True

    def take_objects(self, other: Path, reference: str) -> None:
        """Have all that a reference of another repository on this disk leads to; moves nothing."""
        with self._locked(fcntl.LOCK_SH) as lock:
            fetch = ("fetch", "--quiet", "--no-tags", "--no-auto-gc", "--no-write-fetch-head")
            run_git(self.path, *fetch, "--", str(other), reference, keep_open=[lock])

    def packs(self) -> int:
        """How many packs there are: one for each commit since the last repack."""
        return sum(1 for _ in (self.path / "objects" / "pack").glob("*.pack"))

    def repack(self) -> None:
        """Gather the packs of many commits into one; others read and commit, a move waits.

        Keeps what no branch leads to: a publication may be waiting for its channel to move.
        """
        self._sweep()
        with self._locked(fcntl.LOCK_SH) as lock:
            run_git(self.path, "repack", "-a", "-d", "-k", "-q", keep_open=[lock])
        self._git("update-server-info")

    def _git(self, *arguments: str, stdin: bytes = b"") -> bytes:
        return run_git(self.path, *arguments, stdin=stdin)

    def _time_of(self, commit: str) -> datetime:
        seconds = self._git("show", "--no-patch", "--format=%ct", commit)
        return datetime.fromtimestamp(int(seconds), UTC)

    def _signed(self, commit: str, sign: Callable[[bytes], str]) -> str:
        """The same commit, signed, which is another one to git."""
        raw = self._git("cat-file", "commit", commit)
        content = with_signature(raw, sign(raw))
        written = self._git("hash-object", "-t", "commit", "-w", "--stdin", stdin=content)
        return written.decode().strip()

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
        """Delete leftovers, which may be what fills the disk; no git writes while we do."""
        with self._locked(fcntl.LOCK_EX):
            for pattern in _LEFTOVERS:
                for left in self.path.glob(pattern):
                    left.unlink()

    @contextmanager
    def _locked(self, kind: int) -> Iterator[int]:
        """Hold this repository's lock: LOCK_SH to add objects, LOCK_EX to be alone.

        git is to inherit it (`keep_open`), so that it outlives a killed portal while git runs on.
        """
        descriptor = os.open(self.path / "writers.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, kind)
            yield descriptor
        finally:
            os.close(descriptor)


def _initialise(fresh: Path, default_branch: str) -> None:
    branch = check_branch(default_branch)
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
