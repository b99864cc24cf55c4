"""Programs of ours that talk to machines elsewhere: how they log in, and for how long they may."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pbins.storage.errors import OutsideTimeout, ProgramMissing

CONNECT_SECONDS = 15
ALIVE_SECONDS = 15
_OPTIONS = (
    "BatchMode=yes",
    "StrictHostKeyChecking=yes",
    "GlobalKnownHostsFile=none",
    "UpdateHostKeys=no",
    "CheckHostIP=no",
    "IdentityFile=none",
    "PreferredAuthentications=publickey",
    "ForwardAgent=no",
    "ForwardX11=no",
    "PermitLocalCommand=no",
    f"ConnectTimeout={CONNECT_SECONDS}",
    f"ServerAliveInterval={ALIVE_SECONDS}",
    "ServerAliveCountMax=4",
)
"""Nobody is there to be asked, and nothing of this machine's own settings is used."""


@dataclass(frozen=True, slots=True)
class SshLogin:
    """How OpenSSH logs in somewhere: by an agent's socket, at a host whose key is pinned.

    ``host_key`` is "type base64"; ``known_hosts`` is a file that is made beside the socket.
    """

    agent: Path
    host: str
    port: int
    host_key: str

    def command(self) -> str:
        """The ssh command, as GIT_SSH_COMMAND and rsync's -e take it."""
        known_hosts = self.agent.with_name("known_hosts")
        name = self.host if self.port == 22 else f"[{self.host}]:{self.port}"
        known_hosts.write_text(f"{name} {self.host_key}\n")
        own = (f"IdentityAgent={self.agent}", f"UserKnownHostsFile={known_hosts}")
        options = " ".join(f"-o {option}" for option in (*own, *_OPTIONS))
        return f"ssh -F none -a -x {options}"


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended, and what it printed."""

    status: int
    stdout: bytes
    stderr: bytes


def run_outside(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    timeout: float,
    stdin: bytes = b"",
    keep_open: Sequence[int] = (),
) -> Ended:
    """Run a program and whatever it starts, which is killed after ``timeout`` seconds.

    ``keep_open`` as for ``run_git``. Raises OutsideTimeout, ProgramMissing.
    """
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            cwd="/",
            pass_fds=keep_open,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        raise ProgramMissing(command[0]) from error
    try:
        stdout, stderr = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired as error:
        raise OutsideTimeout(command[0], timeout) from error
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    return Ended(process.returncode, stdout, stderr)
