"""The SFTP subsystem of a stand-in host: real paths, relative ones from the host's directory."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import paramiko
from paramiko import SFTPAttributes, SFTPHandle, SFTPServer, SFTPServerInterface
from paramiko.sftp import SFTP_FAILURE, SFTP_OK

from demo.cave.host import Host

if TYPE_CHECKING:
    from typing_extensions import Buffer


class File(SFTPHandle):
    """An open file; writing fails while the host's disk is said to be full."""

    def __init__(self, descriptor: int, mode: str, flags: int, host: Host) -> None:
        super().__init__(flags)
        self.host = host
        file = os.fdopen(descriptor, mode)
        self.readfile = file
        self.writefile = file

    def stat(self) -> SFTPAttributes | int:
        return SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))

    def chattr(self, attr: SFTPAttributes) -> int:
        SFTPServer.set_file_attr(f"/proc/self/fd/{self.readfile.fileno()}", attr)
        return SFTP_OK

    def write(self, offset: int, data: "Buffer") -> int:
        try:
            self.host.check_disk()
        except OSError:
            return SFTP_FAILURE
        return super().write(offset, data)


class Files(SFTPServerInterface):
    def __init__(self, server: paramiko.ServerInterface, *, host: Host) -> None:
        super().__init__(server)
        self.host = host

    def list_folder(self, path: str) -> list[SFTPAttributes] | int:
        try:
            return [
                SFTPAttributes.from_stat(entry.stat(follow_symlinks=False), entry.name)
                for entry in os.scandir(self._real(path))
            ]
        except OSError as error:
            return _code(error)

    def stat(self, path: str) -> SFTPAttributes | int:
        return self._attributes(lambda: self._real(path).stat())

    def lstat(self, path: str) -> SFTPAttributes | int:
        return self._attributes(lambda: self._real(path).lstat())

    def open(self, path: str, flags: int, attr: SFTPAttributes) -> SFTPHandle | int:
        mode = "rb" if not flags & (os.O_WRONLY | os.O_RDWR) else "wb"
        if flags & os.O_RDWR:
            mode = "r+b"
        elif flags & os.O_APPEND:
            mode = "ab"
        try:
            if mode != "rb":
                self.host.check_disk()
            descriptor = os.open(self._real(path), flags, attr.st_mode or 0o666)
        except OSError as error:
            return _code(error)
        return File(descriptor, mode, flags, self.host)

    def remove(self, path: str) -> int:
        return _done(lambda: self._real(path).unlink())

    def rename(self, oldpath: str, newpath: str) -> int:
        if self._real(newpath).exists():
            return SFTP_FAILURE
        return self.posix_rename(oldpath, newpath)

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        return _done(lambda: self._real(oldpath).replace(self._real(newpath)))

    def mkdir(self, path: str, attr: SFTPAttributes) -> int:
        return _done(lambda: self._real(path).mkdir(attr.st_mode or 0o777))

    def rmdir(self, path: str) -> int:
        return _done(lambda: self._real(path).rmdir())

    def chattr(self, path: str, attr: SFTPAttributes) -> int:
        return _done(lambda: SFTPServer.set_file_attr(str(self._real(path)), attr))

    def symlink(self, target_path: str, path: str) -> int:
        return _done(lambda: self._real(path).symlink_to(target_path))

    def readlink(self, path: str) -> str | int:
        try:
            return str(self._real(path).readlink())
        except OSError as error:
            return _code(error)

    def canonicalize(self, path: str) -> str:
        return os.path.normpath(self._real(path))

    def _real(self, path: str) -> Path:
        return self.host.root / path

    def _attributes(self, ask: Callable[[], os.stat_result]) -> SFTPAttributes | int:
        try:
            return SFTPAttributes.from_stat(ask())
        except OSError as error:
            return _code(error)


def _done(act: Callable[[], object]) -> int:
    try:
        act()
    except OSError as error:
        return _code(error)
    return SFTP_OK


def _code(error: OSError) -> int:
    return SFTPServer.convert_errno(error.errno or 0)
