"""Connections kept open for a while, so that following a run does not log in every second."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from .address import Address, HostKey
from .contract import Transport
from .ssh import SshTransport, connect

IDLE = 60.0  # seconds; well under what firewalls and NAT forget a connection after


@dataclass(frozen=True, slots=True)
class _Door:
    """What makes two logins the same."""

    address: Address
    private_key: str
    host_key: HostKey | None


@dataclass(frozen=True, slots=True)
class _Idle:
    transport: SshTransport
    since: float


class Pool:
    """At most one idle connection to each host. One in use has one user: sshd limits sessions."""

    def __init__(self, idle: float = IDLE) -> None:
        self._seconds = idle
        self._lock = threading.Lock()
        self._idle: dict[_Door, _Idle] = {}
        self._sweeper: threading.Timer | None = None

    @contextmanager
    def lease(
        self, address: Address, *, private_key: str, host_key: HostKey | None
    ) -> Iterator[Transport]:
        """A connection for the block: the idle one when it still lives, a new one otherwise.

        The errors are those of `connect`. A connection that died in the block is not kept.
        """
        door = _Door(address, private_key, host_key)
        transport = self._take(door) or connect(address, private_key=private_key, host_key=host_key)
        try:
            yield transport
        finally:
            self._put(door, transport)

    def close_idle(self, older_than: float = 0.0) -> None:
        """Close the connections that nobody has used for so many seconds."""
        limit = time.monotonic() - older_than
        with self._lock:
            old = [door for door, idle in self._idle.items() if idle.since <= limit]
            closing = [self._idle.pop(door).transport for door in old]
        for transport in closing:
            transport.close()

    def forget(self) -> None:
        """Drop everything unclosed: in a forked child the connections are still the parent's."""
        self._lock = threading.Lock()
        self._idle = {}
        self._sweeper = None

    def _take(self, door: _Door) -> SshTransport | None:
        with self._lock:
            idle = self._idle.pop(door, None)
        if idle is None:
            return None
        if idle.transport.alive:
            return idle.transport
        idle.transport.close()
        return None

    def _put(self, door: _Door, transport: SshTransport) -> None:
        with self._lock:
            if transport.alive and door not in self._idle:
                self._idle[door] = _Idle(transport, time.monotonic())
                self._sweep_later()
                return
        transport.close()

    def _sweep_later(self) -> None:
        if self._sweeper is None:
            self._sweeper = threading.Timer(self._seconds, self._sweep)
            self._sweeper.daemon = True
            self._sweeper.start()

    def _sweep(self) -> None:
        self.close_idle(older_than=self._seconds)
        with self._lock:
            self._sweeper = None
            if self._idle:
                self._sweep_later()


_pool = Pool()
lease = _pool.lease
close_idle = _pool.close_idle
os.register_at_fork(after_in_child=_pool.forget)
