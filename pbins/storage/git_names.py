"""The guards for what names a commit or a branch."""

import re

_COMMIT = re.compile(r"[0-9a-f]{40}")
_BRANCH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+-]*(?:[./][A-Za-z0-9_+-]+)*")


def is_commit(text: str) -> bool:
    return _COMMIT.fullmatch(text) is not None


def check_commit(commit: str) -> str:
    """`commit` when it is the whole id of one; raises ValueError."""
    if not _COMMIT.fullmatch(commit):
        raise ValueError(f"not the id of a commit: {commit!r}")
    return commit


def check_branch(branch: str) -> str:
    """`branch` when it is a name that git and a URL take as it is; raises ValueError."""
    reserved = branch == "HEAD" or ".lock/" in f"{branch}/"
    if reserved or not _BRANCH.fullmatch(branch):
        raise ValueError(f"not the name of a channel: {branch!r}")
    return branch
