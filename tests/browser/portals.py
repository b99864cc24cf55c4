"""Portals of our own, each in a directory of its own: as a user starts them, and the commands."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Portal:
    """A portal at ``url``; ``said`` is what its start printed, ``log`` has that and the rest."""

    url: str
    directory: Path
    log: Path
    said: str

    def told(self, pattern: str) -> str:
        """What the start printed where the pattern has its group."""
        found = re.search(pattern, self.said)
        assert found, f"{pattern} is not in what was printed:\n{self.said}"
        return found[1]

    def manage(self, *words: str) -> Any:
        """What a command says with ``--json``, also when the work that it started failed."""
        finished = subprocess.run(
            [sys.executable, "manage.py", *words, "--json"],
            cwd=ROOT,
            env=_environment(self.directory, self.url),
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        return json.loads(finished.stdout)


@contextmanager
def real_portal(directory: Path) -> Iterator[Portal]:
    """``manage.py up`` with an empty data directory, until the block is left."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = ["manage.py", "up", "--port", str(port)]
    log = directory.with_suffix(".log")
    with _started(command, _environment(directory, url), log) as said:
        yield Portal(url, directory, log, said)


@contextmanager
def demo_portal(directory: Path) -> Iterator[Portal]:
    """``make demo`` in a directory of its own, from its greeting until the block is left."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    command = ["-m", "demo.run", "--port", str(port), "--directory", str(directory)]
    log = directory.with_suffix(".log")
    with _started(command, _environment(directory, url), log) as said:
        yield Portal(url, directory / "portal", log, said)


@contextmanager
def _started(command: Sequence[str], environment: dict[str, str], log: Path) -> Iterator[str]:
    """A Python program that has greeted; what it printed until then. It goes on in ``log``."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield _greeting(process, log)
    finally:
        process.terminate()
        process.wait()


def _greeting(process: subprocess.Popen[bytes], log: Path) -> str:
    while (said := log.read_text()).find("Ctrl-C stops") < 0:
        if process.poll() is not None:
            raise AssertionError(f"the start ended with {process.returncode}:\n{log.read_text()}")
        time.sleep(0.05)
    return said


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _environment(directory: Path, url: str) -> dict[str, str]:
    """Ours, without what this process was told about another portal."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PBINS_")}
    kept.pop("DJANGO_SETTINGS_MODULE", None)
    return kept | {"PBINS_DATA_DIR": str(directory), "PBINS_BASE_URL": url}
