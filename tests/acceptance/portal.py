"""The portal as its administrator has it: ``manage.py up``, the command line, nothing else."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.acceptance.machines import PATIENCE, WITH_US, Machine, free_port

ROOT = Path(__file__).parents[2]
RUN_PATIENCE = 240.0


@dataclass(frozen=True, slots=True)
class Said:
    """How a command ended, and what it said."""

    exit: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(slots=True)
class Portal:
    """One data directory; ``process`` is its ``manage.py up`` while there is one."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.directory.with_suffix(".log")

    def up(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*WITH_US, sys.executable, "manage.py", "up", "--port", str(self.port)],
                cwd=ROOT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.wait_for(self._answers, "its web server")

    def down(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait()

    def processes(self, words: str) -> list[int]:
        """The children of ``up`` whose command line has these words."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [pid for pid in map(int, children.read_text().split()) if words in _command(pid)]

    def kill(self, words: str) -> None:
        """kill -9 what has these words in its command line; it must be there."""
        found = self.processes(words)
        assert found, words
        for pid in found:
            os.kill(pid, signal.SIGKILL)

    def kill_all(self) -> None:
        """kill -9 everything at once, as a power cut would."""
        assert self.process is not None
        children = self.processes("")
        for pid in [self.process.pid, *children]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        for pid in children:
            self.wait_for(lambda pid=pid: not _command(pid), f"the end of {pid}")

    def kill_up(self) -> None:
        """kill -9 ``up`` itself; what it had started has to notice."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def manage(self, *words: str) -> Said:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            text=True,
            errors="surrogateescape",
            timeout=RUN_PATIENCE,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    def does(self, *words: str) -> Any:
        """What a command that must work answers, as JSON."""
        said = self.manage(*words, "--json")
        assert said.exit == 0, f"{words}: {said.exit}: {said.err}{said.out}\n{self.last_words()}"
        return said.json

    def begin(self, *words: str) -> int:
        """The number of the run that a command starts."""
        number: int = self.does(*words)["run"]
        return number

    def show(self, run: int) -> dict[str, Any]:
        shape: dict[str, Any] = self.does("run", "show", str(run))
        return shape

    def end_of(self, run: int) -> dict[str, Any]:
        """The run once it has ended."""
        self.manage("run", "log", str(run), "--follow")
        return self.show(run)

    def introduce(self, machine: Machine, *roles: str, user: str = "root", tag: str = "") -> None:
        """Add, let in, trust and probe a host, as the commands tell one to."""
        words = ("--tag", tag) if tag else ()
        added = self.does(
            *("host", "add", machine.name, "--address", "127.0.0.1", "--port", str(machine.port)),
            *("--user", user, *roles, *words),
        )
        machine.authorize(added["public_key"], user=user)
        self.does("host", "trust", machine.name)
        self.does("host", "probe", machine.name)

    def wait_for(self, question: Any, what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not question():
            if time.monotonic() > end:
                raise AssertionError(f"no {what}: {self.last_words()}")
            time.sleep(0.05)

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return "\n".join(lines[-30:])

    def _answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def _environment(self) -> dict[str, str]:
        kept = {
            name: text
            for name, text in os.environ.items()
            if not name.startswith(("PBINS_", "DJANGO_"))
        }
        return kept | {"PBINS_DATA_DIR": str(self.directory), "PBINS_BASE_URL": self.url}


@contextlib.contextmanager
def portal(directory: Path) -> Iterator[Portal]:
    """A portal that is up until the block ends."""
    made = Portal(directory, free_port())
    try:
        made.up()
        yield made
    finally:
        made.down()


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""
