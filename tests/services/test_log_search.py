"""Searching in a log: what is found is what a person would see, wherever it stands."""

import time
from collections.abc import Callable
from itertools import count

import pytest

from pbins.services import log_search
from pbins.services.log_search import Found, Hit, search_backward, search_forward

Read = Callable[[int, int], bytes]


def reader(content: bytes) -> Read:
    return lambda offset, limit: content[offset : offset + limit]


def forward(content: bytes, text: str, *, start: int = 0, most: int = 100) -> Found:
    return search_forward(reader(content), text, start=start, end=len(content), most=most)


def backward(content: bytes, text: str, *, end: int | None = None, most: int = 100) -> Found:
    end = len(content) if end is None else end
    return search_backward(reader(content), text, end=end, most=most)


@pytest.mark.parametrize(
    ("content", "text", "hits"),
    [
        (b"one\ntwo error\nthree\n", "error", [Hit(4, "two error")]),
        (b"ERROR in x\nno\nan Error\n", "error", [Hit(0, "ERROR in x"), Hit(14, "an Error")]),
        (b"error error\n", "error", [Hit(0, "error error")]),
        (b"last error", "ERROR", [Hit(0, "last error")]),
        (b"\x1b[35;01m===\x1b[0m Starting x\n", "=== starting", [Hit(0, "=== Starting x")]),
        (b"\x1b]2;a\x07one\n\x1b[1mt\x1b[0mwo\n", "two", [Hit(10, "two")]),
        (b"\x1b]2;never ended\ntwo\n", "two", [Hit(16, "two")]),
        ("grün\nGRÜN\n".encode(), "Grün", [Hit(0, "grün"), Hit(6, "GRÜN")]),
        (b"\xff\xfe\x00 bad bytes\n", "bad", [Hit(0, "bad bytes")]),
        (b"a.c:1\nabc\n", "a.c", [Hit(0, "a.c:1")]),
        (b"<script>\n", "<script>", [Hit(0, "<script>")]),
        (b"nothing\n", "error", []),
        (b"", "error", []),
    ],
)
def test_lines_are_found_as_they_are_seen(content: bytes, text: str, hits: list[Hit]) -> None:
    assert list(forward(content, text).hits) == hits
    assert list(reversed(backward(content, text).hits)) == hits


def test_one_goes_from_hit_to_hit_and_back() -> None:
    content = b"".join(b"line %d\n" % number for number in range(50))
    first = forward(content, "line 1", most=1)
    assert first == Found((Hit(7, "line 1"),), goes_on=14)
    second = forward(content, "line 1", start=14, most=1)
    assert second.hits[0].line == "line 10"
    back = backward(content, "line 1", end=second.hits[0].offset, most=1)
    assert back.hits == first.hits
    assert backward(content, "line 1", end=7, most=1) == Found((), None)
    assert forward(content, "line 49", most=1).goes_on is None


@pytest.mark.parametrize("window", [16, 17, 64, 2**20])
def test_windows_hide_nothing(monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    monkeypatch.setattr(log_search, "WINDOW", window)
    monkeypatch.setattr(log_search, "OVERLAP", 8)
    content = b"".join(b"%d hit\n%s\n" % (number, b"x" * (number % 9)) for number in range(40))
    wanted = [f"{number} hit" for number in range(40)]
    assert [hit.line for hit in forward(content, "hit").hits] == wanted
    assert [hit.line for hit in backward(content, "hit").hits] == wanted[::-1]
    for hit in forward(content, "hit").hits:
        assert content[hit.offset :].startswith(hit.line.encode())


def test_in_a_line_longer_than_a_window_it_is_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_search, "WINDOW", 100)
    monkeypatch.setattr(log_search, "OVERLAP", 10)
    content = b"x" * 95 + b"needle" + b"y" * 300 + b"\nend\n"
    assert "needle" in forward(content, "needle").hits[0].line
    assert "needle" in backward(content, "needle").hits[0].line
    assert forward(content, "end").hits == (Hit(402, "end"),)


def test_of_a_long_line_what_stands_around_it_is_shown() -> None:
    (hit,) = forward(b"a" * 5000 + b" needle " + b"b" * 5000, "needle").hits
    assert "aa needle bb" in hit.line
    assert len(hit.line) <= log_search.EXCERPT


def test_when_the_time_is_over_it_says_where_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_search, "WINDOW", 100)
    clock = count()
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    content = b"0123456789\n" * 100 + b"needle\n"
    asked, found = 0, Found((), 0)
    while not found.hits and found.goes_on is not None:
        found = forward(content, "needle", start=found.goes_on)
        asked += 1
    assert found.hits == (Hit(1100, "needle"),)
    assert asked > 3
    assert backward(b"needle\n" + content, "nowhere").goes_on


def test_two_hundred_thousand_lines_take_a_moment() -> None:
    content = b"".join(b"package: generated line %d of 200000\r\n" % n for n in range(200_000))
    assert (
        forward(content, "line 199999 ").hits[0].line.startswith("package: generated line 199999")
    )
    assert forward(content, "not there") == Found((), None)
