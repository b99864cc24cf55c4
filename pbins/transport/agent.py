"""An SSH agent with one key, for programs that log in by themselves: no key lies in a file.

It speaks as much of the agent's protocol (draft-miller-ssh-agent) as OpenSSH needs to log in.
"""

import socketserver
import struct
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import paramiko
from paramiko.message import Message

from .keys import load

FAILURE = 5
LIST, LISTED = 11, 12
SIGN, SIGNED = 13, 14
LONGEST_REQUEST = 256 * 1024  # OpenSSH's own limit
RSA_ALGORITHMS = {2: "rsa-sha2-256", 4: "rsa-sha2-512"}
"""By the flag with which a signature is asked for (RFC 8332)."""


@contextmanager
def agent_of(private_key: str) -> Iterator[Path]:
    """The socket of an agent that holds this key until the block ends. BadKey.

    It lies in a directory that only we can enter; the caller may put files there too.
    """
    key = load(private_key)
    with tempfile.TemporaryDirectory(prefix="pbins-") as directory:
        path = Path(directory) / "agent"
        with _Server(str(path), type("_Of", (_Conversation,), {"key": key})) as server:
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            try:
                yield path
            finally:
                server.shutdown()
                thread.join()


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False


class _Conversation(socketserver.StreamRequestHandler):
    """With one client, until it hangs up."""

    key: ClassVar[paramiko.PKey]

    def handle(self) -> None:
        while len(head := self.rfile.read(4)) == 4:
            size = int(struct.unpack(">I", head)[0])
            if not 0 < size <= LONGEST_REQUEST:
                return
            answer = _answer(self.key, self.rfile.read(size))
            self.wfile.write(struct.pack(">I", len(answer)) + answer)


def _answer(key: paramiko.PKey, request: bytes) -> bytes:
    asked = Message(request)
    kind = asked.get_byte()
    if kind == bytes([LIST]):
        return _listing(key)
    if kind == bytes([SIGN]):
        return _signature(key, asked)
    return bytes([FAILURE])


def _listing(key: paramiko.PKey) -> bytes:
    answer = Message()
    answer.add_byte(bytes([LISTED]))
    answer.add_int(1)
    answer.add_string(key.asbytes())
    answer.add_string(b"")
    return answer.asbytes()


def _signature(key: paramiko.PKey, asked: Message) -> bytes:
    wanted, content, flags = asked.get_binary(), asked.get_binary(), asked.get_int()
    if wanted != key.asbytes():
        return bytes([FAILURE])
    algorithm = RSA_ALGORITHMS.get(flags) if key.get_name() == "ssh-rsa" else None
    answer = Message()
    answer.add_byte(bytes([SIGNED]))
    answer.add_string(key.sign_ssh_data(content, algorithm).asbytes())
    return answer.asbytes()
