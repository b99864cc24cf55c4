"""Branches of our repositories, written to git repositories elsewhere and read back from there."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pbins.storage.errors import GitError, OutsideError
from pbins.storage.git_names import check_branch, check_commit, is_commit
from pbins.storage.git_process import GIT, GIT_ENVIRONMENT, shortened
from pbins.storage.outside import SshLogin, run_outside
from pbins.storage.outside_url import OutsideUrl

SCHEMES = ("ssh", "https", "http", "file")
LISTING_SECONDS = 120.0
PUSHING_SECONDS = 3600.0
_HEADS = "refs/heads/"
_STALLED = {"http.lowSpeedLimit": "1000", "http.lowSpeedTime": "60"}
"""Bytes a second, and for how many seconds less is borne."""


@dataclass(frozen=True, slots=True)
class Push:
    """One branch: the commit it is to be at (None: gone), and the one it is known to be at."""

    branch: str
    wanted: str | None
    found: str | None


@dataclass(frozen=True, slots=True)
class GitPlace:
    """A git repository elsewhere. ``login`` is "user:password" for HTTP, or nothing."""

    url: OutsideUrl
    ssh: SshLogin | None = None
    login: str = ""

    def heads(self) -> dict[str, str]:
        """Every branch there and its commit. Raises GitError, OutsideError."""
        listing = self._git(["ls-remote", "--heads", "--", self.url.text], LISTING_SECONDS)
        pairs = (line.split("\t", 1) for line in listing.splitlines())
        return {
            name.removeprefix(_HEADS): commit
            for commit, name in pairs
            if is_commit(commit) and name.startswith(_HEADS)
        }

    def push(
        self, repository: Path, pushes: Sequence[Push], *, keep_open: Sequence[int] = ()
    ) -> dict[str, str]:
        """Move branches there that are what they are known to be; the others, with what git says.

        Each by itself: one that is refused does not keep the others. Raises GitError when no
        branch could be spoken of at all, OutsideError.
        """
        leases = [f"--force-with-lease={_HEADS}{one.branch}:{one.found or ''}" for one in pushes]
        references = [f"{one.wanted or ''}:{_HEADS}{one.branch}" for one in map(_checked, pushes)]
        command = [f"--git-dir={repository}", "push", "--porcelain", "--no-verify", *leases]
        ended = run_outside(
            [*GIT, *command, "--", self.url.text, *references],
            environment=self._environment(),
            timeout=PUSHING_SECONDS,
            keep_open=keep_open,
        )
        refused = dict(_refused(ended.stdout.decode(errors="replace")))
        if ended.status != 0 and not refused:
            raise GitError("push", ended.status, shortened(ended.stderr))
        said = _said_there(ended.stderr.decode(errors="replace"))
        return {branch: f"{reason}{said}" for branch, reason in refused.items()}

    def _git(self, arguments: Sequence[str], timeout: float) -> str:
        environment = self._environment()
        ended = run_outside([*GIT, *arguments], environment=environment, timeout=timeout)
        if ended.status != 0:
            raise GitError(arguments[0], ended.status, shortened(ended.stderr))
        return ended.stdout.decode(errors="replace")

    def _environment(self) -> dict[str, str]:
        """A password is told in the environment, which only our own user can read."""
        settings = {**_STALLED, "credential.helper": ""}
        if self.login:
            login = base64.b64encode(self.login.encode()).decode()
            settings[f"http.{self.url.text}.extraHeader"] = f"Authorization: Basic {login}"
        environment = {
            **GIT_ENVIRONMENT,
            "GIT_ALLOW_PROTOCOL": self.url.scheme,
            "GIT_ASKPASS": "false",
            **_numbered(settings),
        }
        if self.url.scheme == "ssh":
            if self.ssh is None:
                raise OutsideError(f"{self.url.text}: no SSH key was given for it")
            environment |= {"GIT_SSH_COMMAND": self.ssh.command(), "GIT_SSH_VARIANT": "ssh"}
        return environment


def _checked(push: Push) -> Push:
    check_branch(push.branch)
    for commit in (push.wanted, push.found):
        if commit is not None:
            check_commit(commit)
    return push


def _numbered(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings as git takes them from the environment."""
    numbered = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, text) in enumerate(settings.items()):
        numbered |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": text}
    return numbered


def _refused(porcelain: str) -> Iterator[tuple[str, str]]:
    """Branch and reason, of lines such as "!", tab, "FROM:refs/heads/x", tab, "[rejected] (…)"."""
    for line in porcelain.splitlines():
        flag, _, rest = line.partition("\t")
        if flag == "!":
            references, _, reason = rest.partition("\t")
            yield references.partition(":")[2].removeprefix(_HEADS), reason.strip()


def _said_there(stderr: str) -> str:
    """What hooks there had to say."""
    lines = (
        line.removeprefix("remote:").strip() for line in stderr.splitlines() if "remote:" in line
    )
    told = " ".join(line for line in lines if line)
    return f"; it says: {told[:500]}" if told else ""
