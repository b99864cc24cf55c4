"""The way that a branch came: what each of its commits did to the files below a directory."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pbins.storage.git_contents import blobs, contents_of
from pbins.storage.git_names import check_commit
from pbins.storage.git_process import run_git

_NOTHING = "0" * 40
_PLAIN_FILE = "100"
_LARGEST = 2**20
"""Bytes of a file that is worth being read; a pbin has some thousand."""


@dataclass(frozen=True, slots=True)
class FileStep:
    """What a commit did to one file; blob ids, "" where there was or is none."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class PastCommit:
    """A commit as it says of itself: `when` in seconds since 1970, which nobody has checked."""

    commit: str
    parent: str
    when: int
    steps: tuple[FileStep, ...]


def past_commits(repository: Path, *, to: str, after: str = "", under: str) -> list[PastCommit]:
    """The commits that led to `to` and not to `after`, by first parents, the oldest first.

    Only those that changed plain files below `under`; a merge counts with all that it brought.
    Raises GitError.
    """
    listing = run_git(
        repository,
        *("-c", "core.quotePath=true", "log", "--first-parent", "-m", "--reverse", "--raw", "-r"),
        *("--root", "--no-abbrev", "--no-renames", "--no-ext-diff", "--format=commit %H %ct %P"),
        check_commit(to),
        *([f"^{check_commit(after)}"] if after else []),
        *("--", under),
    )
    return [past for past in _commits(listing.decode("ascii", "replace")) if past.steps]


def messages(repository: Path, commits: list[str]) -> dict[str, str]:
    """What each commit says of itself."""
    found = contents_of(repository, commits)
    return {
        commit: raw.partition(b"\n\n")[2].decode("utf-8", "replace").strip()
        for commit, raw in zip(commits, found, strict=True)
    }


def tree_files(repository: Path, commit: str) -> dict[str, bytes]:
    """The plain files of a commit by their path, but for those too large to be pbins. GitError."""
    named = blobs(repository, commit)
    found = small_files(repository, sorted(set(named.values())))
    return {path: found[blob] for path, blob in named.items() if blob in found}


def small_files(repository: Path, blobs: list[str]) -> dict[str, bytes]:
    """The contents of these blobs by their ids, without those that are too large to be pbins."""
    names = "".join(f"{blob}\n" for blob in blobs).encode()
    told = run_git(repository, "cat-file", "--batch-check=%(objectname) %(objectsize)", stdin=names)
    pairs = (line.split(" ", 1) for line in told.decode().splitlines())
    wanted = [blob for blob, size in pairs if size.isdecimal() and int(size) <= _LARGEST]
    return dict(zip(wanted, contents_of(repository, wanted), strict=True))


def _commits(listing: str) -> Iterator[PastCommit]:
    """Of "commit ID SECONDS PARENTS" and ":MODE MODE BLOB BLOB LETTER<tab>PATH" lines."""
    head: list[str] = []
    steps: list[FileStep] = []
    for line in [*listing.splitlines(), "commit"]:
        if line.startswith("commit"):
            if head:
                parent = head[3] if len(head) > 3 else ""
                yield PastCommit(head[1], parent, int(head[2]), tuple(steps))
            head, steps = line.split(" "), []
        elif line.startswith(":"):
            described, _, path = line.partition("\t")
            old_mode, new_mode, old, new, _ = described[1:].split(" ")
            # A name in quotes has something in it that no pbin's name has.
            if not path.startswith('"') and _PLAIN_FILE in {old_mode[:3], new_mode[:3]}:
                before = old if old != _NOTHING and old_mode.startswith(_PLAIN_FILE) else ""
                after = new if new != _NOTHING and new_mode.startswith(_PLAIN_FILE) else ""
                steps.append(FileStep(path, before, after))
