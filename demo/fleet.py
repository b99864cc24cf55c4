"""A fleet of stand-in hosts: each a directory, an SSH server on loopback, a stand-in `cave`."""

import socket
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import paramiko
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from demo.cave.host import DISK_FULL, Host
from demo.furnishing import DESCRIPTIONS, furnish, make_source_repository
from demo.processes import kill_processes_of
from demo.sshd import Session, serve

LOOPBACK = "127.0.0.1"


class StandInHost:
    """One machine. `directory` is the `prefix` under which its Paludis lives.

    `port` and the host key are kept in the directory, so that it comes back as the same host.
    """

    def __init__(self, name: str, directory: Path, source: Path, *, pace: float = 1.0) -> None:
        self.name = name
        self.directory = directory
        furnish(directory, source, pace=pace)
        self._host = Host(directory, pace)
        self._key = _host_key(directory / "ssh_host_ed25519_key")
        self._listener: socket.socket | None = None
        self._sessions: list[Session] = []
        self._lock = threading.Lock()
        self.port = 0
        self.up()

    @property
    def address(self) -> str:
        return LOOPBACK

    @property
    def host_key(self) -> str:
        """As in known_hosts: `ssh-ed25519 AAAA…`."""
        return f"{self._key.get_name()} {self._key.get_base64()}"

    def authorize(self, public_key: str) -> None:
        """Let this key in, from now on."""
        path = self.directory / "authorized_keys"
        known = path.read_text().splitlines() if path.is_file() else []
        if public_key not in known:
            path.write_text("".join(f"{line}\n" for line in [*known, public_key]))

    def change_host_key(self) -> None:
        """As after a reinstallation: the next connection sees another key."""
        (self.directory / "ssh_host_ed25519_key").unlink()
        self._key = _host_key(self.directory / "ssh_host_ed25519_key")

    def up(self) -> None:
        """Listen, on the port it had before when that is free."""
        if self._listener is not None:
            return
        remembered = self.directory / "port"
        wanted = int(remembered.read_text()) if remembered.is_file() else 0
        try:
            self._listener = _listen(wanted)
        except OSError:
            self._listener = _listen(0)
        self.port = self._listener.getsockname()[1]
        remembered.write_text(str(self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def down(self) -> None:
        """The network is gone: nobody gets in, nobody stays. Processes go on."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        self.cut()

    def cut(self) -> None:
        """Drop every connection; new ones may come."""
        with self._lock:
            sessions, self._sessions = self._sessions, []
        for session in sessions:
            session.close()

    def reboot(self) -> None:
        """Every process of the host dies at once; then it is reachable again."""
        self.down()
        kill_processes_of(self.directory)
        self.up()

    def fill_disk(self) -> None:
        """From now on the stand-in cave and SFTP find no space left on the device.

        What a shell writes is not held back: there is no real quota without root.
        """
        (self.directory / DISK_FULL).touch()

    def free_disk(self) -> None:
        (self.directory / DISK_FULL).unlink(missing_ok=True)

    def stop(self) -> None:
        """The host is switched off; its directory stays."""
        self.down()
        kill_processes_of(self.directory)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._welcome, args=(connection,), daemon=True).start()

    def _welcome(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            session = serve(connection, self._host, self._key)
        except (paramiko.SSHException, EOFError, OSError):
            connection.close()
            return
        with self._lock:
            self._sessions = [each for each in self._sessions if each.is_active()]
            self._sessions.append(session)


class Fleet:
    """Hosts by name under `directory`, and the source repository `arbor` that they follow.

    `pace` multiplies every wait in a build: tests use little of it. Use it as a context manager,
    or call `stop`.
    """

    def __init__(
        self,
        directory: Path,
        names: Iterable[str],
        *,
        authorized_keys: Iterable[str] = (),
        pace: float = 1.0,
        descriptions: Path = DESCRIPTIONS,
    ) -> None:
        self.directory = directory.resolve()
        self.source = self.directory / "git" / "arbor"
        make_source_repository(self.source, descriptions)
        self.hosts: Mapping[str, StandInHost] = {
            name: StandInHost(name, self.directory / name, self.source, pace=pace) for name in names
        }
        for host in self.hosts.values():
            for key in authorized_keys:
                host.authorize(key)

    def __getitem__(self, name: str) -> StandInHost:
        return self.hosts[name]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        for host in self.hosts.values():
            host.stop()


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError:
        listener.close()
        raise
    listener.listen(64)
    return listener


def _host_key(path: Path) -> paramiko.PKey:
    if not path.is_file():
        pem = Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()
        )
        path.touch(mode=0o600)
        path.write_bytes(pem)
    return paramiko.Ed25519Key.from_private_key_file(str(path))
