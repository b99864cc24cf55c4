"""Files as they are on a host, as they should be, and the difference between the two."""

import difflib
import shlex
from dataclasses import dataclass

from pbins.services.remote import HostTrouble
from pbins.transport.contract import Transport
from pbins.transport.errors import RemoteFileMissing


@dataclass(frozen=True, slots=True)
class Draft:
    """One file of a host. ``before`` is None where there is none yet."""

    path: str
    before: str | None
    after: str

    @property
    def is_new(self) -> bool:
        return self.before != self.after

    @property
    def difference(self) -> str:
        """A unified diff; empty when nothing changes."""
        old = (self.before or "").splitlines(keepends=True)
        name = self.path if self.before is not None else "/dev/null"
        lines = difflib.unified_diff(old, self.after.splitlines(keepends=True), name, self.path)
        text = "".join(lines)
        if not text and self.before is None:
            return f"--- /dev/null\n+++ {self.path}\n (an empty file)\n"
        return text


def draft(transport: Transport, path: str, after: str) -> Draft:
    return Draft(path=path, before=_text(transport, path), after=after)


def draft_unless_there(transport: Transport, path: str, after: str) -> Draft:
    """For a file that the host itself goes on writing: once it is there it stays as it is."""
    before = _text(transport, path)
    return Draft(path=path, before=before, after=after if before is None else before)


def write(transport: Transport, drafted: Draft) -> None:
    directory = shlex.quote(drafted.path.rpartition("/")[0])
    must(transport, f"umask 022; mkdir -p {directory}")
    transport.write(drafted.path, drafted.after.encode(), mode=0o644)


def undo(transport: Transport, drafted: Draft) -> None:
    """Put back what was there before."""
    if drafted.before is None:
        must(transport, f"rm -f {shlex.quote(drafted.path)}")
    else:
        transport.write(drafted.path, drafted.before.encode(), mode=0o644)


def must(transport: Transport, command: str, *, stdin: str = "", timeout: float = 60.0) -> str:
    """The command's output; raises HostTrouble with what it said when it fails."""
    done = transport.run(command, stdin=stdin.encode(), timeout=timeout)
    if done.exit != 0:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()[-2000:]
        raise HostTrouble(f"“{command}” failed on the host: {said or f'exit status {done.exit}'}")
    return done.stdout.decode(errors="replace")


def _text(transport: Transport, path: str) -> str | None:
    try:
        return transport.read(path).decode(errors="replace")
    except RemoteFileMissing:
        return None
