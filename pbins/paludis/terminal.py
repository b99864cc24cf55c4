"""Lines as a person would see them, out of the bytes that programs send to a terminal."""

import re
from dataclasses import dataclass

LONGEST_LINE = 64 * 1024
"""Bytes; of a longer line only the beginning counts. Cave's own are far shorter."""

SEQUENCE = (
    rb"(?:\x1b\][^\x07\x1b\n\r]*+(?:\x07|\x1b\\)?+"  # titles
    rb"|\x1b\[[0-?]*+[ -/]*+[@-~]"  # colours, cursor
    rb"|\x1b[ -/]*+[0-Z\\^-~])"
)
NOISE = re.compile(SEQUENCE + rb"|[\x00-\x07\x0b-\x1f\x7f]")


def visible(line: bytes) -> str:
    """A line without its end, as text: no titles, colours or control characters, erased text gone.

    Bytes that are no UTF-8 become U+FFFD. Tabs stay.
    """
    text = NOISE.sub(b"", line).decode("utf-8", "replace")
    return _erased(text) if "\b" in text else text


def _erased(text: str) -> str:
    """Apply backspaces, which cave prints to count upwards in one place."""
    kept: list[str] = []
    for character in text:
        if character != "\b":
            kept.append(character)
        elif kept:
            kept.pop()
    return "".join(kept)


@dataclass(frozen=True, slots=True)
class Lines:
    """Whole lines, as bytes that begin with the end of the line before and end with one.

    `\\r` ends a line just as `\\n` does: progress bars use it, and pseudo-terminals print both.
    `offset` is where the bytes begin in the stream; so many were `left_out` of the first line.
    """

    content: bytes
    offset: int
    left_out: int

    def offset_of(self, start: int) -> int:
        """Where in the stream a line begins that begins at an index of `content`."""
        return self.offset + start + (self.left_out if start > 1 else 0)


class LineBuffer:
    """Collects bytes until whole lines are there, however they arrive."""

    def __init__(self) -> None:
        self._tail = bytearray(b"\n")
        self._offset = -1
        self._left_out = 0

    def feed(self, chunk: bytes) -> Lines | None:
        """The lines that have become complete, if any."""
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        if end < 0:
            self._tail += chunk
            self._shorten()
            return None
        lines = Lines(bytes(self._tail) + chunk[: end + 1], self._offset, self._left_out)
        self._offset += len(lines.content) - 1 + self._left_out
        self._tail = bytearray(chunk[end:])
        self._left_out = 0
        self._shorten()
        return lines

    def close(self) -> Lines | None:
        """What is left, as if its line had been ended."""
        return self.feed(b"\n")

    def _shorten(self) -> None:
        surplus = len(self._tail) - 1 - LONGEST_LINE
        if surplus > 0:
            del self._tail[1 + LONGEST_LINE :]
            self._left_out += surplus
