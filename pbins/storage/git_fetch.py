"""Another git repository's branch with its whole history, taken in: bounded, and run by nobody."""

import shutil
from pathlib import Path

from pbins.storage.errors import GitError, StorageError
from pbins.storage.git import GitRepository
from pbins.storage.git_names import check_branch, check_commit
from pbins.storage.git_process import GIT, GIT_ENVIRONMENT, run_git, shortened
from pbins.storage.outside import Ended, SshLogin, run_outside
from pbins.storage.outside_url import OutsideUrl

SCHEMES = ("https", "http", "ssh", "git", "file")
LISTING_SECONDS = 120.0
FETCHING_SECONDS = 3600.0
MOST_BYTES = 4 * 2**30
"""Of one file, hence of the pack that comes: a repository of pbins is far smaller."""
_HEADS = "refs/heads/"
_HERE = "refs/heads/taken"
_SETTINGS = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "credential.helper="),
    *("-c", "fetch.fsckObjects=true"),
    *("-c", "fetch.fsck.zeroPaddedFilemode=ignore"),  # of old programs, and does no harm
    *("-c", "fetch.fsck.badTimezone=ignore"),
    *("-c", "fetch.fsck.missingSpaceBeforeDate=ignore"),
    *("-c", "fetch.unpackLimit=1"),
    *("-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60"),
)
_BOUNDED = ("sh", "-c", 'ulimit -f "$0" && exec "$@"', str(MOST_BYTES // 512))


class NoSuchBranch(StorageError):
    """The other repository has no branch of that name, or none at all."""

    def __init__(self, url: str, branch: str) -> None:
        what = f"branch {branch}" if branch else "branch that it begins with"
        super().__init__(f"{url} has no {what}")


def default_branch(url: OutsideUrl, *, ssh: SshLogin | None = None) -> str:
    """The branch that a clone would begin with. Raises NoSuchBranch, GitError, OutsideError."""
    for line in _outside(url, ssh, "ls-remote", "--symref", "--", url.text, "HEAD").splitlines():
        reference, _, name = line.partition("\t")
        if name == "HEAD" and reference.startswith(f"ref: {_HEADS}"):
            return check_branch(reference.removeprefix(f"ref: {_HEADS}"))
    raise NoSuchBranch(url.text, "")


def fetch_history(
    repository: GitRepository,
    url: OutsideUrl,
    branch: str,
    *,
    scratch: Path,
    ssh: SshLogin | None = None,
) -> str:
    """Have every commit of a branch elsewhere, while no branch of ours moves; the commit it is at.

    It comes into `scratch`, where whatever lies is removed, and only what is whole goes on from
    there. Raises GitError, OutsideError, NoSuchBranch, ValueError for the branch.
    """
    reference = f"{_HEADS}{check_branch(branch)}"
    remove_scratch(scratch)
    scratch.parent.mkdir(parents=True, exist_ok=True)
    try:
        run_git(scratch, "init", "--quiet", "--bare", "--template=")
        found = _outside(url, ssh, "ls-remote", "--", url.text, reference)
        if f"\t{reference}\n" not in found:
            raise NoSuchBranch(url.text, branch)
        fetch = ("fetch", "--quiet", "--no-tags", "--no-auto-gc", "--no-recurse-submodules")
        _outside(url, ssh, *fetch, "--", url.text, f"+{reference}:{_HERE}", into=scratch)
        head = run_git(scratch, "rev-parse", "--verify", f"{_HERE}^{{commit}}").decode().strip()
        repository.take_objects(scratch, _HERE)
    finally:
        remove_scratch(scratch)
    return check_commit(head)


def remove_scratch(scratch: Path) -> None:
    """Whatever lies there, if anything."""
    shutil.rmtree(scratch, ignore_errors=True)


def _outside(
    url: OutsideUrl, ssh: SshLogin | None, *arguments: str, into: Path | None = None
) -> str:
    login = {"GIT_SSH_COMMAND": ssh.command(), "GIT_SSH_VARIANT": "ssh"} if ssh else {}
    where = [f"--git-dir={into}"] if into else []
    ended: Ended = run_outside(
        [*_BOUNDED, *GIT, *_SETTINGS, *where, *arguments],
        environment={
            **GIT_ENVIRONMENT,
            "GIT_ALLOW_PROTOCOL": url.scheme,
            "GIT_ASKPASS": "false",
            **login,
        },
        timeout=FETCHING_SECONDS if into else LISTING_SECONDS,
    )
    if ended.status != 0:
        raise GitError(arguments[0], ended.status, shortened(ended.stderr))
    return ended.stdout.decode(errors="replace")
