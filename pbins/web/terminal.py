"""What a host printed, made fit to be read in a page.

A log is untrusted bytes as a terminal would get them (FACTS 4.1): colours, terminal titles,
carriage returns and backspaces of progress bars. Every line is played as a terminal would show it
at its end, and rendered with classes for the colours; nothing of it is ever taken as HTML.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from django.utils.html import escape

# A title or another string for the terminal, a control sequence, another escape, one control.
TOKEN = re.compile(
    r"\x1b[\]P^_X][^\x07\x1b]*(?:\x07|\x1b\\)?"
    r"|\x1b\[[0-?]*[ -/]*[@-~]?"
    r"|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x08\x0a-\x1f\x7f-\x9f]"
)
OVERWRITING = re.compile(r"[\r\b]|\x1b\[[0-9;]*[A-JLMPX@]|\x1b\[[012]?K")
COLOUR = re.compile(r"\x1b\[([0-9;]*)m")
TEXT_STYLES = {1: "b", 2: "d", 3: "i", 4: "u", 9: "s"}
STYLE_ENDS = {22: ("b", "d"), 23: ("i",), 24: ("u",), 29: ("s",)}
MOST_CODES = 16  # in one sequence; no program needs more
WIDEST = 500  # columns that are kept of an erased line; a line can hold thousands of erasures
MARKER = re.compile(r"@@[0-9a-f]{32}\|")  # what cave tells the portal, not people (FACTS 4.1)
Style = tuple[str, ...]
PLAIN: Style = ()


def render_lines(text: str) -> str:
    """One ``<div>`` for each line of the text but markers, safe to put into a page."""
    lines = (line for line in text.split("\n") if not MARKER.match(line))
    return "".join(f"<div>{render_line(line)}</div>" for line in lines)


def render_line(line: str) -> str:
    """A line without its newline, as escaped text with ``<span>`` for colours."""
    line = line.rstrip("\r")
    if TOKEN.search(line) is None:
        return escape(line)
    pieces = _played(line) if OVERWRITING.search(line) else _pieces(line)
    return "".join(_span(style, text) for style, text in pieces)


def _span(style: Style, text: str) -> str:
    if not style:
        return escape(text)
    return f'<span class="{" ".join(f"a-{name}" for name in style)}">{escape(text)}</span>'


def _pieces(line: str) -> Iterator[tuple[Style, str]]:
    """Text with its style, everything else left out."""
    style, position = PLAIN, 0
    for token in TOKEN.finditer(line):
        if token.start() > position:
            yield style, line[position : token.start()]
        position = token.end()
        if colour := COLOUR.fullmatch(token[0]):
            style = _restyled(style, colour[1])
    if position < len(line):
        yield style, line[position:]


def _restyled(style: Style, parameters: str) -> Style:
    """The style after a sequence such as ``35;01``; colours beyond the eight are not shown."""
    names = dict.fromkeys(style)
    codes = iter([int(code[:4] or 0) for code in parameters.split(";")[:MOST_CODES]])
    for code in codes:
        if code == 0:
            names = {}
        elif code in (38, 48):
            _skip_palette(codes)
        elif code in TEXT_STYLES:
            names[TEXT_STYLES[code]] = None
        elif code in STYLE_ENDS:
            names = {name: None for name in names if name not in STYLE_ENDS[code]}
        elif 30 <= code <= 37 or 90 <= code <= 97 or code == 39:
            names = {name: None for name in names if not name.isdecimal()}
            if code != 39:
                names[str(code % 10)] = None
    return tuple(names)


def _skip_palette(codes: Iterator[int]) -> None:
    """``38;5;N`` and ``38;2;R;G;B`` name colours of larger palettes."""
    kind = next(codes, 0)
    for _ in range({5: 1, 2: 3}.get(kind, 0)):
        next(codes, 0)


def _played(line: str) -> list[tuple[Style, str]]:
    """What stands in the line when everything in it has been printed over each other."""
    cells: list[tuple[Style, str]] = []
    at, position, style = 0, 0, PLAIN
    for token in [*TOKEN.finditer(line), None]:
        text = line[position : token.start() if token else len(line)]
        cells[at : at + len(text)] = [(style, character) for character in text]
        at += len(text)
        if token is None:
            break
        position = token.end()
        if colour := COLOUR.fullmatch(token[0]):
            style = _restyled(style, colour[1])
        elif token[0] == "\r":
            at = 0
        elif token[0] == "\b":
            at = max(0, at - 1)
        elif token[0] in ("\x1b[K", "\x1b[0K"):
            del cells[at:]
        elif token[0] == "\x1b[2K":
            at = min(at, WIDEST)
            cells = [(PLAIN, " ")] * at
    return _joined(cells)


def _joined(cells: list[tuple[Style, str]]) -> list[tuple[Style, str]]:
    runs = groupby(cells, key=itemgetter(0))
    return [(style, "".join(character for _, character in run)) for style, run in runs]
