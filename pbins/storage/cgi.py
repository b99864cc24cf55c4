"""One run of a CGI program (RFC 3875): its headers first, then its body as it comes."""

import logging
import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from io import BufferedReader
from typing import Protocol, cast

from pbins.storage.errors import GitError, GitUnavailable
from pbins.storage.git_process import shortened

_log = logging.getLogger(__name__)

_CHUNK = 2**16
_LARGEST_STDERR = 2**16
_LONGEST_HEADER = 2**13


class Chunks(Protocol):
    """Pieces of a body; `close` says that nobody wants the rest."""

    def __iter__(self) -> Iterator[bytes]: ...

    def __next__(self) -> bytes: ...

    def close(self) -> None: ...


class CgiAnswer:
    """What the program answers: iterate to the end of the body or `close`, and it is reaped."""

    def __init__(self, command: Sequence[str], variables: Mapping[str, str], stdin: int) -> None:
        """Start it and wait for its headers.

        Raises GitUnavailable, and GitError when it ends without any.
        """
        self._program = command[-1]
        self._finished = False
        # A file: nobody would empty a pipe while the body is on its way.
        self._stderr = os.memfd_create("stderr")
        try:
            self._process = _start(command, variables, stdin, self._stderr)
        except FileNotFoundError as error:
            os.close(self._stderr)
            raise GitUnavailable from error
        self._stdout = cast("BufferedReader", self._process.stdout)
        headers = self._take_headers()
        self.status = int(headers.pop("Status", "200").partition(" ")[0])
        self.headers = tuple(headers.items())

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        chunk = b"" if self._finished else self._stdout.read1(_CHUNK)
        if chunk:
            return chunk
        self._finish()
        raise StopIteration

    def close(self) -> None:
        """End the program and all that it started; nothing happens when it has ended."""
        if not self._finished:
            # Not reaped yet, so its number can't have become somebody else's.
            os.killpg(self._process.pid, signal.SIGKILL)
            self._finish()

    def _take_headers(self) -> dict[str, str]:
        try:
            headers = dict(_headers(self._stdout))
        except BaseException:
            self.close()
            raise
        if not headers:
            raise GitError(self._program, *self._finish())
        return headers

    def _finish(self) -> tuple[int, str]:
        """Reap the program and log what it complained of; its status and that."""
        if self._finished:
            return self._process.returncode, ""
        self._finished = True
        status = self._process.wait()
        self._stdout.close()
        stderr = shortened(os.pread(self._stderr, _LARGEST_STDERR, 0))
        os.close(self._stderr)
        if stderr:
            _log.warning("git %s ended with status %d: %s", self._program, status, stderr)
        return status, stderr


def _start(
    command: Sequence[str], variables: Mapping[str, str], stdin: int, stderr: int
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=variables,
        cwd="/",
        start_new_session=True,  # so that what it starts can be ended with it
    )


def _headers(stdout: BufferedReader) -> Iterator[tuple[str, str]]:
    while line := stdout.readline(_LONGEST_HEADER).strip():
        name, _, value = line.decode("latin-1").partition(":")
        yield name.strip(), value.strip()
