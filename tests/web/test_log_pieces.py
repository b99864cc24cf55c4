"""Where a log may be cut without tearing anything."""

import pytest

from pbins.web.log_pieces import last_lines, untorn, whole_lines


@pytest.mark.parametrize(
    ("content", "kept"),
    [
        (b"plain", 5),
        (b"abc\x1b", 3),
        (b"abc\x1b[", 3),
        (b"abc\x1b[31;0", 3),
        (b"abc\x1b[31m", 8),
        (b"abc\x1b]2;a title", 3),
        (b"abc\x1b]2;a title\x1b", 3),
        (b"abc\x1b]2;a title\x07", 15),
        (b"ab\xc3", 2),
        (b"ab\xc3\xa4", 4),
        (b"ab\xe2\x98", 2),
        (b"ab\xf0\x9f\x98", 2),
        (b"ab\xff", 3),
        (b"\x1b[", 2),
        (b"\xc3", 1),
    ],
)
def test_neither_a_character_nor_a_sequence_is_torn(content: bytes, kept: int) -> None:
    assert untorn(content) == kept


def test_a_title_that_never_ends_holds_nothing_up() -> None:
    content = b"\x1b]2;" + b"x" * 1000
    assert untorn(content) == len(content)


@pytest.mark.parametrize(
    ("content", "limit", "at_end", "whole"),
    [
        (b"one\ntwo", 100, False, b"one\n"),
        (b"one\ntwo", 100, True, b"one\ntwo"),
        (b"one\ntwo", 7, True, b"one\n"),
        (b"one", 100, False, b""),
        (b"long", 4, False, b"long"),
        (b"lo\x1b[", 4, False, b"lo"),
        (b"", 100, True, b""),
    ],
)
def test_whole_lines_come_first(content: bytes, limit: int, at_end: bool, whole: bytes) -> None:
    first, rest = whole_lines(content, limit=limit, at_end=at_end)
    assert (first, first + rest) == (whole, content)


@pytest.mark.parametrize(
    ("content", "is_begin", "lines"),
    [
        (b"rest\ntwo\nthree\n", False, b"two\nthree\n"),
        (b"one\ntwo\n", True, b"one\ntwo\n"),
        (b"of one long line\n", False, b"of one long line\n"),
        (b"\xa4of one", False, b"of one"),
        (b"", False, b""),
    ],
)
def test_going_back_whole_lines_come_too(content: bytes, is_begin: bool, lines: bytes) -> None:
    assert last_lines(content, is_begin=is_begin) == lines
