"""Assignments are read as bash would, and a verdict says what else bash would do."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbins.paludis.errors import ParseError
from pbins.paludis.pbin import inspect_pbin, parse_pbin
from pbins.paludis.shell_text import (
    MAX_LENGTH,
    Assignment,
    Stray,
    find_problems,
    read_assignments,
)
from tests.paludis.bash import assigned_by_bash


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("", ""),
        ("plain", "plain"),
        (r"a \"quoted\" word", 'a "quoted" word'),
        (r"back\\slash", r"back\slash"),
        (r"\$dollar", "$dollar"),
        (r"\\\"\\", '\\"\\'),
        (r"\\\\", "\\\\"),
        (r"\n \t \x \' \{", r"\n \t \x \' \{"),
        (r"\`tick\`", "`tick`"),
        ("two\nlines", "two\nlines"),
        ("one\\\nline", "oneline"),
        ("ünïcode — 漢字 🎉", "ünïcode — 漢字 🎉"),
        ("# no comment", "# no comment"),
        ("it's", "it's"),
        ("price: 5$", "price: 5$"),
        ("a $ b $. $\\\\", "a $ b $. $\\"),
    ],
)
def test_a_quoted_value_is_what_bash_reads(raw: str, value: str, tmp_path: Path) -> None:
    text = f'A="{raw}"\n'
    assert parse_pbin(text).fields == (("A", value),)
    assert inspect_pbin(text).clean
    assert assigned_by_bash(tmp_path, {"": text}, {"": {"A"}}) == {"": {"A": value}}


def test_lines_are_counted_over_values_and_comments() -> None:
    text = '# one\n\nA="three\nfour"\n\t \n  B="six"\t\noops\nC="eight"'
    assert list(read_assignments(text)) == [
        Assignment("A", "three\nfour", 3),
        Assignment("B", "six", 6),
        Stray("oops\n", 7),
        Assignment("C", "eight", 8),
    ]


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('A="`id`"', 1, "A would run a command: '`id`'"),
        ('\nA="x $(id)"', 2, "A would run a command: '$(id)'"),
        ('A="$((1))"', 1, "would run a command"),
        ('A="$HOME"', 1, "would be filled from a variable: '$HOME'"),
        ('A="${HOME}"', 1, "would be filled from a variable"),
        ('A="$1"', 1, "would be filled from a variable"),
        ('A="$$"', 1, "would be filled from a variable"),
        ('A="$[1]"', 1, "would be filled from a variable"),
        (r'A="\\`id`"', 1, "would run a command"),
        (r'A="\\$(id)"', 1, "would run a command"),
        ('A="b"\nrm -rf /\nC="d"\n', 2, "is no assignment, a shell would run it: 'rm -rf /'"),
        ('A="b" id', 1, "is no assignment"),
        ('A="b"; id', 1, "is no assignment"),
        ('A="b"c', 1, "is no assignment"),
        ('A="b"$(id)', 1, "is no assignment"),
        ('A="b" B="c"', 1, "is no assignment"),
        ('A="b" # comment', 1, "is no assignment"),
        ('A = "b"', 1, "is no assignment"),
        ("A=b", 1, "is no assignment"),
        ("A='b'", 1, "is no assignment"),
        ('A+="b"', 1, "is no assignment"),
        ('A[0]="b"', 1, "is no assignment"),
        ('export A="b"', 1, "is no assignment"),
        ('1A="b"', 1, "is no assignment"),
        ('Ä="b"', 1, "is no assignment"),
        ('A="b', 1, "is no assignment"),
        ('A="b\\"', 1, "is no assignment"),
        ('A="b"\r\n', 1, "A ends with a carriage return"),
        ('A="b"\n\r\n', 2, "is no assignment"),
        ('A="b"\n\x0c\n', 2, "holds the control character"),
        ('A="b\0c"', 1, "holds the control character"),
        ('\nA="\\\x7f"', 2, "holds the control character"),
        ('\ufeffA="b"', 1, "is no assignment"),
        ('PATH="/tmp"', 1, "PATH is a name that programs obey"),
        ('LD_PRELOAD="/tmp/x.so"', 1, "LD_PRELOAD is a name"),
        ('BASH_ENV="x"', 1, "BASH_ENV is a name"),
        (r'SECONDS="a[\$(id)]"', 1, "SECONDS is a name"),
        ('IFS="x"', 1, "IFS is a name"),
    ],
)
def test_whatever_else_a_shell_would_do_is_said(text: str, line: int, reason: str) -> None:
    problem, *_ = find_problems(text)
    assert problem.line == line
    assert reason in problem.reason
    assert not inspect_pbin(text).clean


def test_each_bad_line_is_named_up_to_a_limit() -> None:
    verdict = inspect_pbin('A="`a`"\nB="b"\nid\nC="$c"\n')
    assert [problem.line for problem in verdict.problems] == [1, 3, 4]
    assert len(inspect_pbin("id\n" * 1000).problems) == 20


@pytest.mark.parametrize(
    "text",
    [
        *("", "\n", "# `id` $(id)\n", " \t# x", '  A="b"\t \n', '\n\n#\nA="b"', "#\r\n"),
        *('_A1="b"\n', 'a="b"\n', 'A=""\n', 'A="\n"\n', 'A="b"\nA="c"\n'),
    ],
)
def test_comments_blanks_and_assignments_are_clean(text: str) -> None:
    assert inspect_pbin(text).clean
    parse_pbin(text)


def test_a_file_with_carriage_returns_is_read_but_never_clean() -> None:
    text = '# Created\r\nA="b"\r\n\r\nC="d\r\ne"\r\n'
    assert parse_pbin(text).fields == (("A", "b"), ("C", "d\r\ne"))
    assert not inspect_pbin(text).clean


@pytest.mark.parametrize(
    "text",
    [
        *('A="' * 500_000, 'A="\n' * 400_000, 'A="\\"\n' * 300_000, "`" * MAX_LENGTH),
        *(
            'A="' + "`" * 1_900_000 + '"\n',
            'A="' + "\\" * 1_900_000,
            'A="' + "\\" * 1_900_000 + '"',
        ),
        *("x\n" * 900_000, 'A="b"c\n' * 200_000, "\n" * MAX_LENGTH, "#" * MAX_LENGTH),
        *(" " * MAX_LENGTH, "A" * MAX_LENGTH, " A\n" * 600_000, 'A="$' * 400_000),
    ],
    ids=lambda text: f"{text[:8]!r} {len(text)}",
)
def test_hostile_text_is_judged_in_no_time(text: str) -> None:
    assert len(inspect_pbin(text).problems) <= 20
    assert all(len(problem.reason) < 200 for problem in inspect_pbin(text).problems)


def test_a_file_far_larger_than_any_pbin_is_refused_unread() -> None:
    for read in (parse_pbin, inspect_pbin):
        with pytest.raises(ParseError, match="too long"):
            read('A="' + "x" * 10_000_000 + '"')


NAMES = st.sampled_from(["A", "B_1", "_c", "DESCRIPTION"])
CHARACTERS = st.sampled_from([*"\"\\$`\n\r\t #=(){}[]!~*?&|;<>'%^a1é€@-/", "\\\\", '\\"', "\\$"])
RAW = st.lists(CHARACTERS, max_size=12).map("".join)
LINES = st.one_of(
    st.builds('{}="{}"{}'.format, NAMES, RAW, st.sampled_from(["", "", "", " ", "\r", "#"])),
    st.builds("#{}".format, RAW),
    RAW,
)
TEXTS = st.lists(st.lists(LINES, max_size=4).map("\n".join), min_size=5, max_size=40)


@given(TEXTS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_clean_bash_reads_alike_and_has_nothing_to_say(
    tmp_path: Path, texts: list[str]
) -> None:
    clean = {text: dict(parse_pbin(text).fields) for text in texts if inspect_pbin(text).clean}
    names = {text: set(values) for text, values in clean.items()}
    read_by_bash = assigned_by_bash(tmp_path, dict(zip(clean, clean, strict=True)), names)
    assert read_by_bash == clean


@given(st.lists(st.tuples(NAMES, st.text() | RAW)))
def test_what_paludis_writes_comes_back(fields: list[tuple[str, str]]) -> None:
    lines = (f'{name}="{escaped_by_paludis(value)}"\n' for name, value in fields)
    assert parse_pbin(f"# Created by paludis\n{''.join(lines)}").fields == tuple(fields)


def escaped_by_paludis(value: str) -> str:
    """The three escapes of FACTS 1.2."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")


@given(st.text())
def test_no_text_raises_anything_but_a_parse_error(text: str) -> None:
    clean = inspect_pbin(text).clean
    with suppress(ParseError):
        parse_pbin(text)
        return
    assert not clean
