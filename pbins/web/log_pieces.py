"""Where a log may be cut: behind a line, or in a line without end between what belongs together."""

import re

# The beginning of an escape sequence, or of a character of UTF-8, whose end has not come yet.
TORN = re.compile(
    rb"(?:\x1b(?:\[[0-?]*[ -/]*|\][^\x07\x1b\n]{0,200}\x1b?|[ -/]*)?"
    rb"|[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z"
)
LONGEST_TORN = 256


def whole_lines(content: bytes, *, limit: int, at_end: bool) -> tuple[bytes, bytes]:
    """Whole lines, and what follows them; a line longer than ``limit`` counts as several.

    ``content`` are at most ``limit`` bytes that begin a line; ``at_end``: nothing will follow, so
    that the last line is whole as it is.
    """
    cut = content.rfind(b"\n") + 1
    if cut == 0 and len(content) == limit:
        cut = untorn(content)
    if at_end and len(content) < limit:
        cut = len(content)
    return content[:cut], content[cut:]


def last_lines(content: bytes, *, is_begin: bool) -> bytes:
    """The whole lines at the end; ``is_begin``: nothing stands before these bytes.

    When all of it is of one line, all of it from the first whole character on.
    """
    if is_begin:
        return content
    cut = content.find(b"\n", 0, len(content) - 1) + 1
    return content[cut or _first_character(content) :]


def untorn(content: bytes) -> int:
    """The last place where neither a character nor an escape sequence is torn; never 0."""
    torn = TORN.search(content, max(0, len(content) - LONGEST_TORN))
    return torn.start() if torn and torn.start() else len(content)


def _first_character(content: bytes) -> int:
    return next((at for at, byte in enumerate(content[:4]) if byte & 0xC0 != 0x80), 0)
