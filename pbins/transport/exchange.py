"""One command's three streams over an SSH channel, all moved at once."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import paramiko

CHUNK = 2**17  # bytes read at once
PACKET = 2**15  # bytes sent at once; OpenSSH takes no more

LINK_ERRORS = (paramiko.SSHException, EOFError, OSError)
"""What paramiko raises when the link is dead; reading and closing send something too."""

Sink = Callable[[bytes], object]


class Expired(Exception):
    """The patience was over."""


class Cut(Exception):
    """The channel ended without an exit status: the connection is gone."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How many seconds an exchange may take in all, and how many without output."""

    total: float = math.inf
    silence: float = math.inf


class Tail:
    """A sink that keeps the last `limit` bytes and counts what it dropped."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._chunks: deque[bytes] = deque()
        self._kept = 0
        self._dropped = 0

    def write(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        self._kept += len(chunk)
        while self._kept - len(self._chunks[0]) >= self._limit:
            self._drop(self._chunks.popleft())

    def finish(self) -> tuple[bytes, int]:
        """The bytes kept, and how many came before them."""
        whole = b"".join(self._chunks)
        kept = whole[-self._limit :]
        return kept, self._dropped + len(whole) - len(kept)

    def _drop(self, chunk: bytes) -> None:
        self._kept -= len(chunk)
        self._dropped += len(chunk)


@contextmanager
def opened(ssh: paramiko.Transport, seconds: float) -> Iterator[paramiko.Channel]:
    """A new channel, for a block that asks for a command or a subsystem on it.

    paramiko waits for the answer for ever; a host that thrashes confirms the channel, then forks
    and answers much later. So the channel is closed, which ends the wait, when time is over.
    """
    channel = ssh.open_session(timeout=seconds)
    watchdog = threading.Timer(seconds, hang_up, (channel,))
    watchdog.daemon = True
    watchdog.start()
    try:
        yield channel
    except BaseException:
        hang_up(channel)
        raise
    finally:
        watchdog.cancel()


def hang_up(channel: paramiko.Channel) -> None:
    """Close a channel whose link may be dead already."""
    with suppress(*LINK_ERRORS):
        channel.close()


def exchange(
    channel: paramiko.Channel, *, stdin: bytes, stdout: Sink, stderr: Sink, patience: Patience
) -> int:
    """Feed and drain a channel whose command was started, close it, return the exit status.

    Expired, Cut, and whatever `stdout` raises. Reading one stream blocks, so the other two have
    threads: paramiko's own file descriptor to wait on says nothing about room to write, and a
    close that meets incoming bytes can write into a descriptor that is no longer its own.
    """
    deadline = time.monotonic() + patience.total
    channel.settimeout(_seconds(patience.total))
    errors = threading.Thread(target=_drain_errors, args=(channel, stderr), daemon=True)
    feeder = threading.Thread(target=_feed, args=(channel, stdin), daemon=True)
    errors.start()
    feeder.start()
    try:
        _drain(channel, stdout, deadline, patience.silence)
        errors.join(_seconds(deadline - time.monotonic()))
        if errors.is_alive():
            raise Expired
        return _exit_status(channel, deadline)
    finally:
        hang_up(channel)
        errors.join()
        feeder.join()


def _drain(channel: paramiko.Channel, sink: Sink, deadline: float, silence: float) -> None:
    while True:
        left = min(deadline - time.monotonic(), silence)
        if left <= 0:
            raise Expired
        channel.settimeout(_seconds(left))
        try:
            chunk = channel.recv(CHUNK)
        except TimeoutError as error:
            raise Expired from error
        except LINK_ERRORS as error:
            raise Cut from error
        if not chunk:
            return
        sink(chunk)


def _drain_errors(channel: paramiko.Channel, sink: Sink) -> None:
    try:
        while chunk := channel.recv_stderr(CHUNK):
            sink(chunk)
    except LINK_ERRORS:
        return  # the reader of standard output meets the same end, and reports it


def _feed(channel: paramiko.Channel, stdin: bytes) -> None:
    left = memoryview(stdin)
    try:
        while left:
            left = left[channel.send(bytes(left[:PACKET])) :]
        channel.shutdown_write()
    except LINK_ERRORS:
        return  # the command ended without reading it all, or the link died: _exit_status knows


def _exit_status(channel: paramiko.Channel, deadline: float) -> int:
    if not channel.status_event.wait(_seconds(deadline - time.monotonic())):
        raise Expired
    status = channel.recv_exit_status()
    if status < 0:
        raise Cut
    return status


def _seconds(left: float) -> float | None:
    return None if math.isinf(left) else max(left, 0.001)
