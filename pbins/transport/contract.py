"""What the rest of the portal may ask of another machine, whatever carries it there."""

from dataclasses import dataclass
from typing import Protocol


class Writable(Protocol):
    """Where bytes go to; what it raises ends the transfer."""

    def write(self, chunk: bytes, /) -> object: ...


@dataclass(frozen=True, slots=True)
class Completed:
    """A command that ended. `exit` is 128 + N when signal N ended it.

    Each stream keeps its last 32 MiB; `dropped` counts the bytes before that which are not here.
    """

    exit: int
    stdout: bytes
    stderr: bytes
    dropped: int = 0


class Transport(Protocol):
    """One host, as root: directly, or through `sudo -n` for any other user.

    Every method raises ConnectionLost when the link dies under it, SudoRefused when the user may
    not become root. Paths are absolute. One transport may be used by several threads.
    """

    def run(self, command: str, *, stdin: bytes = b"", timeout: float = 60.0) -> Completed:
        """Run POSIX sh text to its end; CommandTimeout after `timeout` seconds in all.

        The text is limited to about 100 kB; what is longer belongs into `stdin`.
        """

    def stream(self, command: str, into: Writable, *, stdin: bytes = b"") -> Completed:
        """Run sh text whose standard output is of any size and goes to `into`, as it comes.

        ConnectionLost also when nothing came for a minute; what is in `into` is good.
        """

    def read(self, path: str, *, offset: int = 0, limit: int = 2**20) -> bytes:
        """At most `limit` bytes from `offset` on; empty behind the end. RemoteFileMissing."""

    def write(self, path: str, content: bytes, *, mode: int = 0o644) -> None:
        """Replace the file in one step; its directory must exist. RemoteFileError."""

    def download(self, path: str, into: Writable, *, offset: int = 0) -> int:
        """Copy a file of any size from `offset` on, and return how many bytes were written.

        After ConnectionLost what is in `into` is good: go on from there. RemoteFileMissing.
        """

    def close(self) -> None:
        """End the connection; a second time does nothing."""
