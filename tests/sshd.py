"""A real OpenSSH server on a free port of loopback, for the tests that want a real one.

`from tests.sshd import sshd` in a conftest.py makes the fixture known there.
"""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pbins.transport.address import Address, HostKey

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
KEYS = {"ssh-ed25519": "ed25519", "ecdsa-sha2-nistp256": "ecdsa", "ssh-rsa": "rsa"}

CONFIGURATION = """
Port {port}
ListenAddress 127.0.0.1
PidFile none
AuthorizedKeysFile {directory}/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
PermitUserEnvironment no
MaxStartups 200
SetEnv PATH={directory}/bin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME={directory}
"""
"""HOME is another, lest the start-up files of whoever runs the tests have a say in them."""

# Who runs the tests stays who they are; `refuse-sudo` makes it answer as the real one would.
SUDO = """#!/bin/sh
[ "$1 $2 $3" = "-n -H --" ] || { echo "sudo: called as $*" >&2; exit 1; }
[ ! -e "${0%/*}/../refuse-sudo" ] || { echo "sudo: a password is required" >&2; exit 1; }
shift 3
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class Sshd:
    """The server, and what a client of it has to know."""

    directory: Path
    process: subprocess.Popen[bytes]
    address: Address
    private_key: str
    host_keys: tuple[HostKey, ...]

    @property
    def host_key(self) -> HostKey:
        return self.host_keys[0]

    def sessions(self) -> set[int]:
        """The processes that serve a connection now."""
        return set(_descendants(self.process.pid))

    def cut(self) -> None:
        """End every connection as if its server had died."""
        self._signal(signal.SIGKILL)

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Every connection stays, but nobody answers on it."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    @contextlib.contextmanager
    def refusing_sudo(self) -> Iterator[None]:
        flag = self.directory / "refuse-sudo"
        flag.touch()
        try:
            yield
        finally:
            flag.unlink()

    def _signal(self, number: signal.Signals) -> None:
        for pid in self.sessions():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A server with an ed25519, an ECDSA and an RSA host key, that lets the current user in."""
    with serving(tmp_path_factory.mktemp("sshd")) as server:
        yield server


@contextlib.contextmanager
def serving(
    directory: Path, *, types: tuple[str, ...] = tuple(KEYS), sftp: str = "internal-sftp"
) -> Iterator[Sshd]:
    """A server with host keys of these types, until the block ends."""
    if SSHD is None:
        pytest.skip("OpenSSH's sshd is not installed (Debian: openssh-server)")
    host_keys = tuple(
        HostKey.parse(make_key(directory / f"host_{type_}", type_)) for type_ in types
    )
    (directory / "authorized_keys").write_text(make_key(directory / "user", "ssh-ed25519"))
    (directory / "bin").mkdir()
    (directory / "bin/sudo").write_text(SUDO)
    (directory / "bin/sudo").chmod(0o755)
    address = Address("127.0.0.1", _free_port(), pwd.getpwuid(os.getuid()).pw_name)
    lines = [CONFIGURATION.format(port=address.port, directory=directory)]
    lines += [f"HostKey {directory}/host_{type_}" for type_ in types]
    lines += [f"Subsystem sftp {sftp}"]
    (directory / "sshd_config").write_text("\n".join(lines) + "\n")
    process = _start(SSHD, directory, address)
    private_key = (directory / "user").read_text()
    server = Sshd(directory, process, address, private_key, host_keys)
    try:
        yield server
    finally:
        server.cut()
        process.terminate()
        process.wait()


def make_key(path: Path, type_: str, *options: str) -> str:
    """Let ssh-keygen make a key pair; the public line."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("ssh-keygen is not installed (Debian: openssh-client)")
    size = ["-b", "2048"] if type_ == "ssh-rsa" else []  # the default takes a second to find
    kind = ["-q", "-t", KEYS[type_], *size, "-N", "", "-C", "test", *options]
    subprocess.run(["ssh-keygen", *kind, "-f", str(path)], check=True)
    return path.with_suffix(".pub").read_text()


def _start(program: str, directory: Path, address: Address) -> subprocess.Popen[bytes]:
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # Debian's service makes it otherwise
    log = directory / "sshd.log"
    config = directory / "sshd_config"
    process = subprocess.Popen([program, "-D", "-f", str(config), "-E", str(log)])
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection((address.host, address.port)).close()
            return process
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise RuntimeError(f"sshd does not start: {log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _descendants(pid: int) -> Iterator[int]:
    """Processes below this one that are sshd too; the commands that they started are spared."""
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            if Path(f"/proc/{child}/comm").read_text().startswith("sshd"):
                yield int(child)
                yield from _descendants(int(child))
