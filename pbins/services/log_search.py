"""Searching in a log on the server, while it grows: bounded in memory, time and answers."""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

WINDOW = 2**20
OVERLAP = 2048  # bytes of a line longer than a window that are looked at twice
MOST_SECONDS = 2.0
LONGEST_WISH = 200
EXCERPT = 240
# Escape sequences that a terminal would not show; never more than a line, so that lines stay lines.
SEQUENCE = re.compile(
    rb"\x1b\][^\x07\x1b\n]*+(?:\x07|\x1b\\)?+|\x1b\[[0-?]*+[ -/]*+[@-~]?+|\x1b[ -/]*+[0-Z\\^-~]"
)
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
Read = Callable[[int, int], bytes]


@dataclass(frozen=True, slots=True)
class Hit:
    """A line that holds what was searched for; ``offset`` is where it begins in the log."""

    offset: int
    line: str


@dataclass(frozen=True, slots=True)
class Found:
    """Hits in the direction of the search; ``goes_on`` is where to search further, None: nowhere.

    Without a hit and with ``goes_on`` the time was over before anything was found.
    """

    hits: tuple[Hit, ...]
    goes_on: int | None


class Wish:
    """A text as it stands on a screen, in either case, found among colours and titles."""

    def __init__(self, text: str) -> None:
        text = text[:LONGEST_WISH]
        self._plain = text.lower().encode()
        # Bytes know the case of ASCII only.
        letters = (f"(?:{re.escape(c.lower())}|{re.escape(c.upper())})" for c in text)
        self._pattern = None if text.isascii() else re.compile("".join(letters).encode())

    def lines_in(self, content: bytes) -> Iterator[tuple[int, str]]:
        """Where each line begins that holds it, and the line as it would be seen."""
        seen = SEQUENCE.sub(b"", content) if b"\x1b" in content else content
        folded = seen if self._pattern else seen.lower()
        starts: list[int] = []
        at, line, counted = self._find(folded, 0), 0, 0
        while at >= 0:
            begin = seen.rfind(b"\n", 0, at) + 1
            end = seen.find(b"\n", at)
            end = len(seen) if end < 0 else end
            starts = starts or _line_starts(content)
            line += seen.count(b"\n", counted, begin)
            counted = begin
            yield starts[line], _excerpt(seen[begin:end], at - begin)
            at = self._find(folded, end)

    def _find(self, content: bytes, start: int) -> int:
        if self._pattern is None:
            return content.find(self._plain, start)
        match = self._pattern.search(content, start)
        return -1 if match is None else match.start()


def search_forward(
    read: Read, text: str, *, start: int, end: int, most: int, seconds: float = MOST_SECONDS
) -> Found:
    """The first ``most`` lines with ``text`` between two offsets; ``start`` begins a line.

    ``text`` is not empty, and without line ends.
    """
    wish, hits, deadline = Wish(text), list[Hit](), time.monotonic() + seconds
    while start < end:
        content = read(start, min(WINDOW, end - start))
        if not content:
            break
        cut = len(content)
        if start + cut < end:
            cut = content.rfind(b"\n") + 1 or max(cut - OVERLAP, 1)
        # Of a line that is longer than a window, the piece is what is named.
        for offset, line in wish.lines_in(content if b"\n" not in content else content[:cut]):
            hits.append(Hit(start + offset, line))
            if len(hits) == most:
                return Found(tuple(hits), _after(read, start + offset, end))
        start += cut
        if time.monotonic() > deadline:
            return Found(tuple(hits), start if start < end else None)
    return Found(tuple(hits), None)


def search_backward(
    read: Read, text: str, *, end: int, most: int, seconds: float = MOST_SECONDS
) -> Found:
    """The last ``most`` lines with ``text`` before ``end``, which begins a line; the last first."""
    wish, hits, deadline = Wish(text), list[Hit](), time.monotonic() + seconds
    while end > 0:
        start = max(0, end - WINDOW)
        content = read(start, end - start)
        if not content:
            break
        cut = content.find(b"\n", 0, len(content) - 1) + 1 if start else 0
        for offset, line in reversed(list(wish.lines_in(content[cut:]))):
            hits.append(Hit(start + cut + offset, line))
            if len(hits) == most:
                return Found(tuple(hits), start + cut + offset or None)
        end = start + (cut or min(OVERLAP, len(content) - 1)) if start else 0
        if time.monotonic() > deadline:
            break
    return Found(tuple(hits), end or None)


def _after(read: Read, offset: int, end: int) -> int | None:
    """Where the next line begins."""
    content = read(offset, WINDOW)
    following = offset + (content.find(b"\n") + 1 or max(len(content) - OVERLAP, 1))
    return following if following < end else None


def _line_starts(content: bytes) -> list[int]:
    starts, position = [0], content.find(b"\n")
    while position >= 0:
        starts.append(position + 1)
        position = content.find(b"\n", position + 1)
    return starts


def _excerpt(line: bytes, at: int) -> str:
    """The line, or what of a long one stands around ``at``, as harmless text."""
    begin = max(0, at - EXCERPT // 3) if len(line) > EXCERPT else 0
    text = line[begin : begin + EXCERPT].decode("utf-8", "ignore")
    return UNSEEN.sub("", text).strip()
