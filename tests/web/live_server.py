"""The portal as hosts meet it: gunicorn in a process of its own, on a free port."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class LiveServer:
    """Where it is; ``directory`` is its PBINS_DATA_DIR."""

    url: str
    directory: Path
    pid: int

    @property
    def peak_memory(self) -> int:
        """Bytes that the largest of its worker processes has ever held."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return max(_peak(int(child)) for child in children)


@contextmanager
def gunicorn(directory: Path, **settings: str) -> Iterator[LiveServer]:
    """Serve until the block is left. There is no database: what is asked for must not need one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gunicorn", "portal.wsgi", "--worker-class", "gthread"),
                *(
                    "--threads",
                    "4",
                    "--bind",
                    f"fd://{listener.fileno()}",
                    "--log-level",
                    "warning",
                ),
            ],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PBINS_DATA_DIR": str(directory), **settings},
            pass_fds=[listener.fileno()],
        )
        try:
            yield LiveServer(
                f"http://127.0.0.1:{listener.getsockname()[1]}", directory, process.pid
            )
        finally:
            process.terminate()
            process.wait(timeout=30)


def _peak(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
