"""Notes of what happened, a line each, appended by many processes at once and read by offset."""

import os
from pathlib import Path

LONGEST_LINE = 4096
"""Bytes: what is appended in one write is not torn apart by another process."""


class UnwritableNote(ValueError):
    """A note that would not be one line."""


def add_note(path: Path, note: str) -> None:
    """Append a line to a file, which is made if it is not there. Raises OSError."""
    line = f"{note}\n".encode()
    if "\n" in note or len(line) > LONGEST_LINE:
        raise UnwritableNote(f"{note[:80]!r} is not a line of its own")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.write(descriptor, line)
    finally:
        os.close(descriptor)


def read_notes(path: Path, start: int, most: int = 2**24) -> tuple[list[str], int]:
    """The whole lines from byte ``start`` on, at most so many bytes, and where they end."""
    with path.open("rb") as file:
        file.seek(start)
        content = file.read(most)
    whole = content[: content.rfind(b"\n") + 1]
    return whole.decode(errors="replace").splitlines(), start + len(whole)
