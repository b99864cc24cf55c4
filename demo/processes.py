"""Finding and killing every process of a stand-in host, however detached it is."""

import os
import signal
from pathlib import Path

ROUNDS = 50


def processes_of(root: Path) -> list[int]:
    """Pids whose environment names the host's bin directory, or that work inside the host.

    `setsid`, `nohup` and `env -i PATH=…` all leave one of the two. A person's shell that looks
    around in there has a terminal, and is none of them.
    """
    marker = f"{root}/bin".encode()
    own = os.getpid()
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and int(entry.name) != own and _belongs(entry, root, marker)
    ]


def _belongs(entry: Path, root: Path, marker: bytes) -> bool:
    try:
        # After the name in parentheses: state, parent, group, session, terminal (proc(5)).
        state, _, _, _, terminal, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
        if state == "Z":
            return False
        if marker in (entry / "environ").read_bytes():
            return True
        return terminal == "0" and (entry / "cwd").readlink().is_relative_to(root)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False


def kill_processes_of(root: Path) -> None:
    """SIGKILL until none is left; raises RuntimeError when they keep coming."""
    for _ in range(ROUNDS):
        found = processes_of(root)
        if not found:
            return
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
    raise RuntimeError(f"processes of {root} can't be ended: {processes_of(root)}")
