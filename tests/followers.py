"""Hosts that keep syncing and installing by themselves, while the portal goes on publishing."""

import hashlib
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from demo.furnishing import GIT_ENVIRONMENT
from pbins.paludis.manifest import ManifestEntry, parse_manifest

TIMEOUT = 30.0


@dataclass(slots=True)
class Follower(ABC):
    """Does ``round`` again and again in a thread of its own until the block is left.

    ``faults`` is everything that went wrong, in words; ``rounds`` how often all was done.
    """

    faults: list[str] = field(default_factory=list)
    rounds: int = 0
    fetched: int = 0
    _end: Event = field(default_factory=Event)
    _thread: Thread | None = None

    @abstractmethod
    def round(self) -> Iterator[str]:
        """One sync with what follows it; yields what went wrong."""

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._go_on)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._end.set()
        if self._thread is not None:
            self._thread.join()

    def _go_on(self) -> None:
        while not self._end.is_set():
            try:
                self.faults += self.round()
            except OSError as error:
                self.faults.append(f"no answer: {error}")
            self.rounds += 1


@dataclass(slots=True)
class Consumer(Follower):
    """A stand-in host with its own cave: syncs, then installs whatever is newest."""

    directory: Path = Path()
    repository: str = ""
    installs: Sequence[str] = ()

    def round(self) -> Iterator[str]:
        yield from self._cave("sync", self.repository)
        before = self._tarballs()
        yield from self._cave("resolve", "-x", "--permit-downgrade", "*/*", *self.installs)
        self.fetched += len(self._tarballs() - before)

    def _cave(self, *words: str) -> Iterator[str]:
        done = subprocess.run(
            [self.directory / "bin/cave", *words],
            env=GIT_ENVIRONMENT,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            yield f"cave {' '.join(words)}: {done.stdout[-3000:]}{done.stderr[-1000:]}"

    def _tarballs(self) -> set[Path]:
        return set(self.directory.glob("var/cache/paludis/distfiles/*.bz2"))


@dataclass(slots=True)
class Reader(Follower):
    """Follows a channel by git alone, and holds every tarball against its Manifest."""

    clone: Path = Path()
    branch: str = "master"
    distfiles: str = ""

    def round(self) -> Iterator[str]:
        for words in (
            ("fetch", "--quiet", "origin", self.branch),
            ("reset", "--hard", "-q", "FETCH_HEAD"),
        ):
            command = ["git", "-C", str(self.clone), *words]
            done = subprocess.run(
                command, env=GIT_ENVIRONMENT, capture_output=True, text=True, check=False
            )
            if done.returncode:
                yield f"git {' '.join(words)}: {done.stderr}"
        yield from self._check_tarballs()

    def _check_tarballs(self) -> Iterator[str]:
        where = urlsplit(self.distfiles)
        connection = HTTPConnection(where.netloc, timeout=TIMEOUT)
        try:
            for path in sorted(self.clone.glob("packages/*/*/Manifest")):
                for entry in parse_manifest(path.read_text()):
                    connection.request("GET", f"{where.path}/{entry.name}")
                    answer = connection.getresponse()
                    yield from _faults(entry, answer.status, answer.read())
                    self.fetched += 1
        finally:
            connection.close()


def _faults(entry: ManifestEntry, status: int, content: bytes) -> Iterator[str]:
    if status != 200:
        yield f"{entry.name}: {status}"
    elif len(content) != entry.size:
        yield f"{entry.name}: {len(content)} bytes, not {entry.size}"
    elif hashlib.sha256(content).hexdigest() != entry.hashes["SHA256"]:
        yield f"{entry.name}: not what its Manifest says"
