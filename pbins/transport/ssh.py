"""The transport that is an SSH connection."""

import secrets
from typing import Self

import paramiko

from . import connection, sftp, shell
from .address import Address, HostKey
from .contract import Completed, Writable
from .errors import (
    CommandTimeout,
    ConnectionLost,
    NoShell,
    RemoteFileError,
    RemoteFileMissing,
    SudoRefused,
)
from .exchange import LINK_ERRORS, Cut, Expired, Patience, Sink, Tail, exchange, opened
from .prelude import Prelude

OUTPUT_LIMIT = 32 * 2**20  # bytes of each stream that run() keeps
ERRORS_LIMIT = 2**16  # bytes of standard error kept to explain a failed file operation
FILE_TIMEOUT = 600.0  # seconds for read() and write(), which move at most some megabytes
STALL = 60.0  # seconds without one byte after which a download or a new session is given up


def connect(
    address: Address, *, private_key: str, host_key: HostKey | None, timeout: float = 15.0
) -> "SshTransport":
    """Log in to a host whose key is pinned; `timeout` is for each step of it.

    BadKey, Unreachable, KeyRefused, HostKeyUnknown when none is pinned, HostKeyChanged.
    """
    ssh = connection.log_in(address, private_key=private_key, host_key=host_key, timeout=timeout)
    return SshTransport(ssh, address=address, sudo=address.user != "root")


class SshTransport:
    """A Transport over one SSH connection; each call has a channel of its own."""

    def __init__(self, ssh: paramiko.Transport, *, address: Address, sudo: bool) -> None:
        self._ssh = ssh
        self._address = address
        self._sudo = sudo

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """False as soon as the connection is known to be gone."""
        return self._ssh.is_active()

    def close(self) -> None:
        self._ssh.close()

    def run(self, command: str, *, stdin: bytes = b"", timeout: float = 60.0) -> Completed:
        out, err = Tail(OUTPUT_LIMIT), Tail(OUTPUT_LIMIT)
        status = self._execute(command, stdin, out.write, err.write, Patience(total=timeout))
        stdout, dropped_out = out.finish()
        stderr, dropped_err = err.finish()
        self._check_sudo(status, stderr)
        return Completed(status, stdout, stderr, dropped_out + dropped_err)

    def stream(self, command: str, into: Writable, *, stdin: bytes = b"") -> Completed:
        err = Tail(ERRORS_LIMIT)
        try:
            status = self._execute(command, stdin, into.write, err.write, Patience(silence=STALL))
        except CommandTimeout as error:
            raise self._lost(f"no byte in {STALL:g} s") from error
        stderr, dropped = err.finish()
        self._check_sudo(status, stderr)
        return Completed(status, b"", stderr, dropped)

    def read(self, path: str, *, offset: int = 0, limit: int = 2**20) -> bytes:
        content = bytearray()
        command = shell.read_part(path, offset, limit)
        self._move(path, command, b"", content.extend, Patience(total=FILE_TIMEOUT))
        return bytes(content)

    def write(self, path: str, content: bytes, *, mode: int = 0o644) -> None:
        suffix = f"{secrets.token_hex(6)}.new"
        command = shell.replace_file(path, size=len(content), mode=mode, suffix=suffix)
        self._move(path, command, content, _ignore, Patience(total=FILE_TIMEOUT))

    def download(self, path: str, into: Writable, *, offset: int = 0) -> int:
        command = shell.read_from(path, offset)
        try:
            return sftp.fetch(self._ssh, path, into, offset, STALL)
        except Cut as error:
            raise self._lost(f"in the middle of {path}") from error
        except sftp.SftpRefused:
            return self._download_as_root(path, command, into)

    def _download_as_root(self, path: str, command: str, into: Writable) -> int:
        written = 0

        def append(chunk: bytes) -> None:
            nonlocal written
            into.write(chunk)
            written += len(chunk)

        try:
            self._move(path, command, b"", append, Patience(silence=STALL))
        except CommandTimeout as error:
            raise self._lost(f"no byte of {path} in {STALL:g} s") from error
        return written

    def _move(
        self, path: str, command: str, stdin: bytes, stdout: Sink, patience: Patience
    ) -> None:
        err = Tail(ERRORS_LIMIT)
        status = self._execute(command, stdin, stdout, err.write, patience)
        stderr, _ = err.finish()
        self._check_sudo(status, stderr)
        if status == shell.MISSING:
            raise RemoteFileMissing(path)
        if status:
            raise RemoteFileError(path, stderr.decode("utf-8", "replace").strip())

    def _execute(
        self, command: str, stdin: bytes, stdout: Sink, stderr: Sink, patience: Patience
    ) -> int:
        handed = shell.login_command(command, sudo=self._sudo)
        channel = self._start(handed, min(STALL, patience.total))
        out, err = Prelude(stdout), Prelude(stderr)
        try:
            status = exchange(
                channel, stdin=stdin, stdout=out.write, stderr=err.write, patience=patience
            )
        except Expired:
            raise CommandTimeout(self._address, min(patience.total, patience.silence)) from None
        except Cut:
            raise self._lost("it ended before the command did") from None
        if not out.is_over:
            raise NoShell(self._address, out.said or err.said or f"exit status {status}")
        return status

    def _start(self, command: str, seconds: float) -> paramiko.Channel:
        try:
            with opened(self._ssh, seconds) as channel:
                channel.exec_command(command)
                return channel
        except paramiko.ChannelException as error:  # the connection itself is well
            reason = f"no further session on it ({error.text}; see MaxSessions in sshd_config)"
            raise ConnectionLost(self._address, reason) from error
        except LINK_ERRORS as error:
            raise self._lost(f"it takes no command ({error})") from error

    def _lost(self, reason: str) -> ConnectionLost:
        """Close what may only be frozen too, so that nobody uses it again."""
        self.close()
        return ConnectionLost(self._address, reason)

    def _check_sudo(self, status: int, stderr: bytes) -> None:
        """Tell sudo's refusal from a command that failed: only the first fails again for `:`."""
        if not self._sudo or status == 0 or b"sudo" not in stderr:
            return
        err = Tail(ERRORS_LIMIT)
        if self._execute(":", b"", _ignore, err.write, Patience(total=STALL)):
            said, _ = err.finish()
            raise SudoRefused(self._address, said.decode("utf-8", "replace").strip())


def _ignore(_: bytes) -> None:
    """For output that says nothing."""
