"""A directory elsewhere that the rsync program reaches: over SSH, or a daemon's module."""

import re
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pbins.storage.errors import OutsideError
from pbins.storage.git_process import shortened
from pbins.storage.outside import Ended, SshLogin, run_outside
from pbins.storage.outside_url import OutsideUrl
from pbins.storage.paths import check_file_name

LONGEST_SECONDS = 6 * 3600.0
STALLED_SECONDS = 120
_LISTED = re.compile(r"-[\w-]{9}\+?\s+(\d+)\s+\S+\s+\S+ (.+)")
"""Mode, size, date, time and name of one plain file."""

_PARTIAL = 23
_NO_DIRECTORY = "No such file or directory"


@dataclass(frozen=True, slots=True)
class RsyncPlace:
    """`ssh://user@host/directory` or `rsync://user@host/module/directory`."""

    url: OutsideUrl
    ssh: SshLogin | None = None
    password: str = ""

    def listing(self) -> dict[str, int]:
        ended = self._rsync("--list-only", "--no-human-readable", self._target, good={0, _PARTIAL})
        if ended.status == _PARTIAL and _NO_DIRECTORY not in ended.stderr.decode(errors="replace"):
            raise self._failed(ended)
        lines = ended.stdout.decode(errors="replace").splitlines()
        found = (_LISTED.fullmatch(line) for line in lines)
        return {match[2]: int(match[1]) for match in found if match}

    def sizes(self, names: Collection[str]) -> dict[str, int]:
        wanted = set(names)
        return {name: size for name, size in self.listing().items() if name in wanted}

    def put(self, files: Mapping[str, Path]) -> None:
        by_directory: dict[Path, list[str]] = {}
        for name, path in files.items():
            if path.name != check_file_name(name):
                raise OutsideError(f"{path} would get another name there")
            by_directory.setdefault(path.parent, []).append(name)
        for directory, names in by_directory.items():
            self._rsync(
                *("--times", "--chmod=F644", "--partial-dir=.partial", "--files-from=-"),
                *(f"{directory}/", self._target),
                stdin="".join(f"{name}\n" for name in names).encode(),
            )

    def delete(self, names: Collection[str]) -> None:
        """By syncing an empty directory there, in which nothing but these names is looked at."""
        if not names:
            return
        wanted = "".join(f"/{check_file_name(name)}\n" for name in names)
        with tempfile.TemporaryDirectory(prefix="pbins-") as empty:
            self._rsync(
                *("--recursive", "--delete", "--include-from=-", "--exclude=*"),
                *(f"{empty}/", self._target),
                stdin=wanted.encode(),
            )

    @property
    def _target(self) -> str:
        directory = self.url.path.rstrip("/")
        host = f"[{self.url.host}]" if ":" in self.url.host else self.url.host
        login = f"{self.url.user}@{host}" if self.url.user else host
        if self.url.scheme == "ssh":
            return f"{login}:{directory}/"
        port = f":{self.url.port}" if self.url.port else ""
        return f"rsync://{login}{port}{directory}/"

    def _rsync(self, *arguments: str, stdin: bytes = b"", good: Collection[int] = (0,)) -> Ended:
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/host/bin", "LC_ALL": "C"}
        if self.password:
            environment["RSYNC_PASSWORD"] = self.password
        command = ["rsync", "--no-motd", f"--timeout={STALLED_SECONDS}", *self._shell(), *arguments]
        ended = run_outside(command, environment=environment, timeout=LONGEST_SECONDS, stdin=stdin)
        if ended.status not in good:
            raise self._failed(ended)
        return ended

    def _shell(self) -> Sequence[str]:
        if self.url.scheme != "ssh":
            return ("--contimeout=15",)
        if self.ssh is None:
            raise OutsideError(f"{self.url.text}: no SSH key was given for it")
        return ("-e", f"{self.ssh.command()} -p {self.ssh.port}")

    def _failed(self, ended: Ended) -> OutsideError:
        said = shortened(ended.stderr) or "no message"
        return OutsideError(f"rsync to {self.url.text} failed with status {ended.status}: {said}")
