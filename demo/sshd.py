"""An SSH server in this process: each command is a real `/bin/sh -c` in a session of its own."""

import logging
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED,
    OPEN_SUCCEEDED,
    cMSG_CHANNEL_REQUEST,
    cMSG_CHANNEL_SUCCESS,
)

from demo.cave.host import Host
from demo.sftp import Files

# A stand-in host keeps no diary: clients that come and go are no news.
LOG = logging.getLogger("demo.sshd")
LOG.addHandler(logging.NullHandler())
LOG.propagate = False
CHUNK = 1 << 16
HANDSHAKE_SECONDS = 15.0


class Session(paramiko.Transport):
    """Tells when the `success` to a channel's request has gone out: no output may overtake it."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        self.accepted: dict[int, threading.Event] = {}

    def _send_user_message(self, data: paramiko.Message) -> None:
        super()._send_user_message(data)  # type: ignore[misc]
        packet = paramiko.Message(data.asbytes())
        if packet.get_byte() == cMSG_CHANNEL_SUCCESS:
            event = self.accepted.pop(packet.get_int(), None)
            if event is not None:
                event.set()


class Server(paramiko.ServerInterface):
    """Lets in whoever holds a key that is in the host's authorized_keys file now."""

    def __init__(self, host: Host, session: Session) -> None:
        self.host = host
        self.session = session

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        path = self.host.root / "authorized_keys"
        lines = path.read_text().splitlines() if path.is_file() else []
        offered = [key.get_name(), key.get_base64()]
        known = any(line.split()[:2] == offered for line in lines if line.strip())
        return AUTH_SUCCESSFUL if known else AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        if kind != "session":
            return OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED
        return OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        accepted = self.session.accepted[channel.remote_chanid] = threading.Event()
        runner = threading.Thread(
            target=run_command,
            args=(self.host, self.session, channel, command, accepted),
            daemon=True,
        )
        runner.start()
        return True

    def check_channel_env_request(
        self, channel: paramiko.Channel, name: bytes, value: bytes
    ) -> bool:
        return False


def serve(connection: socket.socket, host: Host, key: paramiko.PKey) -> Session:
    """Start serving one connection; raises SSHException or EOFError without a handshake."""
    session = Session(connection)
    session.set_log_channel(LOG.name)
    session.add_server_key(key)
    session.set_subsystem_handler("sftp", paramiko.SFTPServer, Files, host=host)
    session.start_server(event=threading.Event(), server=Server(host, session))
    return session


def run_command(
    host: Host,
    session: Session,
    channel: paramiko.Channel,
    command: bytes,
    accepted: threading.Event,
) -> None:
    """Run to the end: the exit status when it exits, the close when both streams have ended."""
    accepted.wait(HANDSHAKE_SECONDS)
    process = subprocess.Popen(
        ["/bin/sh", "-c", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=host.root,
        env=environment(host.root),
        start_new_session=True,
    )
    readers = [
        threading.Thread(target=_pump, args=(process.stdout, channel.sendall), daemon=True),
        threading.Thread(target=_pump, args=(process.stderr, channel.sendall_stderr), daemon=True),
    ]
    for thread in (*readers, threading.Thread(target=_feed, args=(channel, process), daemon=True)):
        thread.start()
    _say_end(session, channel, process.wait())
    for reader in readers:
        reader.join()
    with suppress(EOFError):  # the connection is gone already
        channel.close()


def _pump(source: IO[bytes] | None, send: Callable[[bytes], None]) -> None:
    """Until the end of the stream, or of the connection: then the writer gets SIGPIPE."""
    if source is None:
        return
    with source:
        while chunk := os.read(source.fileno(), CHUNK):
            try:
                send(chunk)
            except (OSError, EOFError):
                return


def _feed(channel: paramiko.Channel, process: "subprocess.Popen[bytes]") -> None:
    """Standard input, and its end."""
    if process.stdin is None:
        return
    try:
        with process.stdin as stdin:
            while chunk := channel.recv(CHUNK):
                stdin.write(chunk)
                stdin.flush()
    except BrokenPipeError:
        # The command did not want to read it all; the rest is thrown away, as sshd does.
        while channel.recv(CHUNK):
            pass


def _say_end(session: Session, channel: paramiko.Channel, status: int) -> None:
    """`exit-status`, or `exit-signal` for a command that was killed (RFC 4254, 6.10)."""
    if channel.closed:
        return
    try:
        if status >= 0:
            channel.send_exit_status(status)
            return
        message = paramiko.Message()
        message.add_byte(cMSG_CHANNEL_REQUEST)
        message.add_int(channel.remote_chanid)
        message.add_string("exit-signal")
        message.add_boolean(False)  # wants no reply
        message.add_string(signal.Signals(-status).name.removeprefix("SIG"))
        message.add_boolean(False)  # dumped no core
        message.add_string("")
        message.add_string("")
        session._send_user_message(message)  # noqa: SLF001 paramiko has no call for it
    except (OSError, EOFError):
        return


def environment(root: Path) -> dict[str, str]:
    """What a login gives. PATH begins with the stand-in's own `cave`."""
    return {
        "PATH": f"{root}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": f"{root}/root",
        "USER": "root",
        "LOGNAME": "root",
        "SHELL": "/bin/sh",
        "LANG": "C.UTF-8",
        "SSH_CONNECTION": "127.0.0.1 0 127.0.0.1 22",
    }
