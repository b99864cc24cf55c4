"""Versions are compared as Paludis compares them (FACTS 9)."""

import re
from itertools import pairwise, product, zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbins.paludis.errors import ParseError
from pbins.paludis.versions import MAX_LENGTH, Version

ASCENDING_TEXT = """
    0_alpha_alpha 0_alpha 0_alpha1 0_alpha1-r1 0_alpha1-r1.1 0_alpha1-r2 0_alpha1_p 0_alpha2
    0_alpha10 0_beta_rc 0_beta 0_pre 0_rc_alpha 0_rc 0_rc-r1 0_rc1 0_rc1_p3 0
    0-r0.1 0-r1 0-r1.0.1 0-r1.2 0-r1.10 0-r2 0-r10 0_p_alpha 0_p 0_p-r1 0_p1 0_p1_p 0_p9 0_p10
    0-try 0-try-r1 0-try1 0-try2 0a 0a-r1 0b 0z_p 0.0 0.0_p 0.0a 0.0.0 0.0.1 0.001 0.01 0.0101 0.02
    0.09 0.1 0.1.0 0.1.2 0.1.2-scm 0.1.10 0.1-scm 0.1-scm-r1 0.2_alpha 0.2_alpha5 0.2_alpha-scm
    0.2_beta_p7-scm 0.2_beta_p-scm 0.2_beta3 0.2_beta-scm 0.2 0.2-scm 0.9 0.10 0.100 0-scm
    1_rc 1 1.2 1.2x_pre3_rc 1.2x_pre3_rc9 1.2x_pre3_rc9-scm 1.2x_pre3_rc-scm 1.2x_pre3 1.2x
    9 09-r1 10 99 100 9999 20260101 99999999999999999999 scm scm-r1 scm-r1.5 scm-r2
"""
ASCENDING = ASCENDING_TEXT.split()


@pytest.mark.parametrize(("lower", "higher"), [*pairwise(ASCENDING)])
def test_a_version_is_below_the_next(lower: str, higher: str) -> None:
    assert Version(lower) < Version(higher)
    assert Version(lower) <= Version(higher)
    assert Version(higher) > Version(lower)
    assert Version(higher) >= Version(lower)
    assert Version(lower) != Version(higher)


def test_the_order_holds_between_all_not_only_between_neighbours() -> None:
    for (i, lower), (j, higher) in product(enumerate(ASCENDING), repeat=2):
        assert (Version(lower) < Version(higher)) is (i < j)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "1-r0"),
        ("1", "1-r"),
        ("1", "1-r0.0.0"),
        ("1-r3", "1-r3.0"),
        ("1-r3", "1-r003"),
        ("007", "7"),
        ("07.5", "7.5"),
        ("1.0", "1.00"),
        ("1.010", "1.01"),
        ("1_p", "1_p0"),
        ("1_p07", "1_p7"),
        ("1-try", "1-try0"),
        ("1_alpha_beta-scm", "1_alpha0_beta-scm"),
        ("2_rc00_p-scm", "2_rc_p-scm"),
        ("1.0.1_20151109", "1.0.1.20151109"),
        ("0.12pre6", "0.12_pre6"),
        ("0.0.20-alpha", "0.0.20_alpha"),
        ("2.02-beta2-r2", "2.02_beta2-r2"),
        ("02.16B-r2", "2.16b-r2"),
    ],
)
def test_spellings_of_one_version_are_equal(one: str, other: str) -> None:
    assert Version(one) == Version(other)
    assert hash(Version(one)) == hash(Version(other))
    assert Version(one).sort_key == Version(other).sort_key
    assert str(Version(one)) == one


@pytest.mark.parametrize(("one", "other"), [("1", "1.0"), ("1_p-scm", "1_p0-scm"), ("0", "0.0")])
def test_what_looks_alike_may_differ(one: str, other: str) -> None:
    assert Version(one) != Version(other)


def test_a_version_is_no_text() -> None:
    assert Version("1") != "1"


@pytest.mark.parametrize(
    "text",
    [
        *("", "b", "r1", "-r1", "1.", ".1", "1..2", "1_blah", "1-pre", "1_", "1-", "1 ", " 1"),
        *("1-r1_pre", "1-r1a", "1-r1-r2", "1-r1.", "1-r.1", "1-r1-scm", "1.-r1", "1_p1."),
        *("1-scm-scm", "1-scm-try", "1-scm_p", "1-try-try", "1-try_p", "1ab", "1a.2", "scm1"),
        *("1\n", "1\0", "１", "1٣", "1-r٣", "v1", "1*", "../1", "1.2-3"),
        "1" * (MAX_LENGTH + 1),
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ParseError, match="is not a version"):
        Version(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(("scm", True), ("1-scm", True), ("1.2_p-scm-r3", True), ("scm-r1", True)),
        *(("9999", True), ("99999-r2", True), ("1.2-r9999", True), ("1-r09999", True)),
        *(("999", False), ("9998", False), ("1.9999", False), ("9999.9999", False)),
        *(("9999_p1", False), ("1-r9998", False), ("1-r1.9999", False), ("1", False)),
    ],
)
def test_scm_versions_are_known(text: str, expected: bool) -> None:
    assert Version(text).is_scm is expected


@pytest.mark.parametrize(
    ("text", "end"),
    [
        *(("1", "2"), ("1.2", "2"), ("1.2.3", "1.3"), ("1.2-r9", "2"), ("1.2_rc1", "2")),
        *(("9.9", "10"), ("1.099.5", "1.100"), ("1.0099.5", "1.0100"), ("scm", "scm")),
    ],
)
def test_a_series_ends_where_its_last_number_but_one_rises(text: str, end: str) -> None:
    assert Version(text).series_end.text == end


@pytest.mark.parametrize(
    ("text", "bare"), [("1.2-r3.4", "1.2"), ("1.2-r", "1.2"), ("1.2", "1.2"), ("scm-r2", "scm")]
)
def test_a_revision_can_be_left_out(text: str, bare: str) -> None:
    assert Version(text).without_revision.text == bare


@pytest.mark.parametrize(
    ("text", "prefix", "expected"),
    [
        *(("1.2", "1", True), ("1.2", "1.2", True), ("1.2.3-r4", "1.2", True), ("1", "1-r0", True)),
        *(("2.59", "2.5", False), ("2", "2.5", False), ("2.10", "2.1", False), ("12", "1", False)),
        *(("1.0105", "1.010", True), ("1.0135", "1.010", False), ("1.010.1", "1.01.1", True)),
        *(("1_alpha5-r1", "1_alpha", True), ("1_alpha5", "1_alpha0", False)),
        *(("1_alpha05", "1_alpha5", True), ("1_pre1", "1_p", False), ("01", "1", True)),
        *(("5.8.0_rc1", "5.8.0-rc", True), ("1-scm", "1", True), ("1.2-r3", "1.2-r3", True)),
        *(("1.2-r3", "1.2-r", True), ("1.2", "1.2-r1", False), ("1.2", "1.2.0", False)),
    ],
)
def test_a_prefix_is_one_of_parts(text: str, prefix: str, expected: bool) -> None:
    assert Version(text).starts_with(Version(prefix)) is expected


def test_a_key_suits_a_column_of_a_database() -> None:
    longest = [
        ".".join(["1"] * (MAX_LENGTH // 2)),
        "1-r" + ".".join(["1"] * (MAX_LENGTH // 2 - 1)),
        "1" + "_p" * (MAX_LENGTH // 2 - 1),
        "1" * MAX_LENGTH,
    ]
    for text in [*ASCENDING, *longest]:
        assert re.fullmatch(r"[0-9a-z]{1,512}", Version(text).sort_key)


NUMBER = st.from_regex(r"[0-9]{1,3}", fullmatch=True)
SUFFIXES = st.lists(st.sampled_from(["_alpha", "_beta", "_pre", "_rc", "_p", "_p0", "_rc12"]))
VERSIONS = st.one_of(
    st.just("scm"),
    st.builds(
        lambda numbers, letter, suffixes, attempt, scm: (
            ".".join(numbers) + letter + "".join(suffixes) + attempt + scm
        ),
        st.lists(NUMBER, min_size=1, max_size=4),
        st.sampled_from(["", "", "a", "p"]),
        SUFFIXES,
        st.sampled_from(["", "", "-try", "-try3"]),
        st.sampled_from(["", "", "-scm"]),
    ),
).flatmap(
    lambda bare: st.sampled_from(["", "-r", "-r0", "-r1", "-r1.0", "-r0.2", "-r12"]).map(
        lambda revision: bare + revision
    )
)


@given(VERSIONS, VERSIONS)
def test_keys_order_as_the_rules_do_when_followed_part_by_part(one: str, other: str) -> None:
    assert (Version(one) < Version(other)) is (compared_by_the_rules(one, other) < 0)
    assert (Version(one) == Version(other)) is (compared_by_the_rules(one, other) == 0)


@given(st.lists(VERSIONS, max_size=20))
def test_sorting_by_the_key_is_sorting_by_the_version(texts: list[str]) -> None:
    versions = [Version(text) for text in texts]
    assert sorted(versions) == sorted(versions, key=lambda version: version.sort_key)


@given(VERSIONS)
def test_a_version_keeps_its_text(text: str) -> None:
    assert str(Version(text)) == text
    assert Version(text).starts_with(Version(text))


@given(st.text(alphabet="019.-_rpascmtyblh*", max_size=20))
def test_no_text_raises_anything_but_a_parse_error(text: str) -> None:
    try:
        version = Version(text)
    except ParseError:
        return
    assert version.is_scm in (True, False)
    assert version <= version.series_end


KINDS = [
    "alpha",
    "beta",
    "pre",
    "rc",
    "end",
    "revision",
    "p",
    "try",
    "letter",
    "float",
    "int",
    "scm",
]
PIECE = re.compile(
    r"-r(?P<revision>[0-9]*)|-(?P<scm>scm)|-try(?P<try>[0-9]*)|_alpha(?P<alpha>[0-9]*)"
    r"|_beta(?P<beta>[0-9]*)|_pre(?P<pre>[0-9]*)|_rc(?P<rc>[0-9]*)|_p(?P<p>[0-9]*)"
    r"|(?P<letter>[a-z])|\.(?P<number>[0-9]+)"
)


def compared_by_the_rules(one: str, other: str) -> int:
    """FACTS 9, followed step by step: below 0, 0 or above 0."""
    for (kind, value), (other_kind, other_value) in zip_longest(
        pieces(one), pieces(other), fillvalue=("end", 0)
    ):
        if {kind, other_kind} == {"end", "revision"} and value == other_value == 0:
            continue
        if kind != other_kind:
            return KINDS.index(kind) - KINDS.index(other_kind)
        if value != other_value:
            return 1 if value > other_value else -1  # type: ignore[operator]
    return 0


def pieces(text: str) -> list[tuple[str, float | str]]:
    found: list[tuple[str, float | str]] = []
    text = "-scm" + text[3:] if text.startswith("scm") else text
    first = re.match("[0-9]*", text)
    assert first is not None
    if first[0]:
        found.append(("int", int(first[0])))
    for piece in PIECE.finditer(text, first.end()):
        kind, value = next((k, v) for k, v in piece.groupdict().items() if v is not None)
        if kind == "scm":
            if piece.start() and text[: piece.start()].endswith(
                ("alpha", "beta", "e", "c", "_p", "y")
            ):
                found[-1] = (found[-1][0], float("inf"))
            found.append((kind, 0))
        elif kind == "letter":
            found.append((kind, value))
        elif kind == "number" and found[-1][0] == "revision":
            found.append(("revision", int(value)))
        elif kind == "number" and value.startswith("0"):
            found.append(("float", value.rstrip("0")))
        elif kind == "number":
            found.append(("int", int(value)))
        else:
            found.append((kind, int(value or "0")))
    return found
