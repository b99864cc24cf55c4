"""How git is started here: by its name, and knowing nothing of the machine's own settings."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from pbins.storage.errors import GitError, GitUnavailable, StorageFull

GIT_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/host/bin",
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_TERMINAL_PROMPT": "0",
}
"""All that git sees of the environment."""

GIT = ("git", "-c", "safe.directory=*")
"""Our repositories may belong to another user, when root runs the portal on a service's files."""

_FULL = ("No space left on device", "Out of diskspace", "Disk quota exceeded")
_KEPT_STDERR = 2000


def run_git(
    repository: Path, *arguments: str, stdin: bytes = b"", keep_open: Sequence[int] = ()
) -> bytes:
    """What `git ARGUMENTS` prints for the bare repository at that path.

    `keep_open` are descriptors that git inherits, for a lock that must live as long as git does.
    Raises GitError when git does not exit with 0, StorageFull, GitUnavailable.
    """
    try:
        done = subprocess.run(
            [*GIT, f"--git-dir={repository}", *arguments],
            input=stdin,
            capture_output=True,
            check=False,
            env=GIT_ENVIRONMENT,
            cwd="/",
            pass_fds=keep_open,
        )
    except FileNotFoundError as error:
        raise GitUnavailable from error
    if done.returncode == 0:
        return done.stdout
    stderr = shortened(done.stderr)
    if any(reason in stderr for reason in _FULL):
        raise StorageFull(repository)
    raise GitError(arguments[0], done.returncode, stderr)


def shortened(stderr: bytes) -> str:
    """The end of what git said, as text."""
    return stderr[-_KEPT_STDERR:].decode("utf-8", "replace").strip()
