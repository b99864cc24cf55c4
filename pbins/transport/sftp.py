"""Copying a file by SFTP, with many requests under way at once."""

import stat
from typing import cast

import paramiko

from .contract import Writable
from .exchange import CHUNK, LINK_ERRORS, Cut, hang_up, opened

# The last is what paramiko says of a login shell that prints into the protocol.
FAILURES = (*LINK_ERRORS, paramiko.SFTPError)


class SftpRefused(Exception):
    """SFTP gives no such regular file, or there is none on the host. Nothing was written."""


def fetch(ssh: paramiko.Transport, path: str, into: Writable, offset: int, stall: float) -> int:
    """Append `path` from `offset` on to `into`; the bytes written.

    SftpRefused; Cut when the link died or was silent for `stall` seconds.
    """
    channel, client = _start(ssh, stall)
    try:
        file, size = _open(client, path)
        if offset >= size:
            return 0
        file.seek(offset)
        file.prefetch(size)
        return _copy(file, into)
    finally:
        hang_up(channel)


class _PrefetchChannel:
    """Lets paramiko's prefetch thread end in peace.

    That thread sends the requests for the whole file, and nothing catches what it raises when the
    link dies or the reader leaves. Reading from the same channel ends then, which is heard.
    """

    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel

    def send(self, request: bytes) -> int:
        try:
            return self._channel.send(request)
        except LINK_ERRORS:
            return len(request)

    def recv(self, size: int) -> bytes:
        return self._channel.recv(size)

    def close(self) -> None:
        hang_up(self._channel)

    def get_name(self) -> str:
        return self._channel.get_name()


def _start(ssh: paramiko.Transport, stall: float) -> tuple[paramiko.Channel, paramiko.SFTPClient]:
    try:
        with opened(ssh, stall) as channel:
            channel.settimeout(stall)
            channel.invoke_subsystem("sftp")
            quiet = cast("paramiko.Channel", _PrefetchChannel(channel))
            return channel, paramiko.SFTPClient(quiet)
    except FAILURES as error:
        raise SftpRefused from error


def _open(client: paramiko.SFTPClient, path: str) -> tuple[paramiko.SFTPFile, int]:
    try:
        file = client.open(path, "rb")
        status = file.stat()
    except FAILURES as error:
        raise SftpRefused from error
    if status.st_size is None or not stat.S_ISREG(status.st_mode or 0):
        raise SftpRefused
    return file, status.st_size


def _copy(file: paramiko.SFTPFile, into: Writable) -> int:
    written = 0
    while chunk := _read(file):
        into.write(chunk)
        written += len(chunk)
    return written


def _read(file: paramiko.SFTPFile) -> bytes:
    try:
        return file.read(CHUNK)
    except FAILURES as error:
        raise Cut from error
