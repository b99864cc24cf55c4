"""How text is refused."""

import pickle

from pbins.paludis.errors import ParseError, shown


def test_a_refusal_says_why_and_where() -> None:
    error = ParseError("is no version", 3)
    assert (error.reason, error.line, str(error)) == ("is no version", 3, "line 3: is no version")
    assert str(ParseError("is no version")) == "is no version"
    assert isinstance(error, ValueError)


def test_a_refusal_can_be_handed_to_another_process() -> None:
    error = pickle.loads(pickle.dumps(ParseError("is no version", 3)))
    assert (error.reason, error.line, str(error)) == ("is no version", 3, "line 3: is no version")


def test_what_is_quoted_is_printable_and_short() -> None:
    assert shown("libfoo") == "'libfoo'"
    assert shown("a\n\x1b[31m") == r"'a\n\x1b[31m'"
    for text in ("x" * 10_000_000, "\x00" * 10_000_000, "x" * 119 + "\\" * 9):
        assert len(shown(text)) < 130
        assert shown(text).endswith("…")
