"""Package dep specs as operators and exheres write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbins.paludis.errors import ParseError
from pbins.paludis.names import PackageId
from pbins.paludis.requirements import (
    OptionRequirement,
    SlotRequirement,
    VersionBound,
    VersionRequirement,
)
from pbins.paludis.specs import PackageSpec, parse_spec
from pbins.paludis.versions import Version

SPECS = [
    "dev-libs/libfoo",
    "dev-libs/libfoo:2.4",
    "dev-libs/libfoo:*",
    "dev-libs/libfoo:=",
    "dev-libs/libfoo:=3",
    "dev-libs/libfoo::arbor",
    "dev-libs/libfoo:0::arbor",
    "=dev-libs/libfoo-1.2-r3",
    "=dev-libs/libfoo-1.2*",
    ">=dev-libs/libfoo-1.2:2::arbor[doc]",
    "<=dev-libs/libfoo-1.2",
    "<dev-libs/libfoo-1.2",
    ">dev-libs/libfoo-1.2",
    "~dev-libs/libfoo-1.2",
    "~>dev-libs/libfoo-1.2",
    "dev-libs/libfoo[>=1.2&<3]",
    "dev-libs/libfoo[=1.2*|=1.4*]",
    "dev-libs/libfoo[~>1.2]",
    "dev-libs/libfoo[~1.2]",
    "dev-libs/libfoo[doc]",
    "dev-libs/libfoo[-doc]",
    "dev-libs/libfoo[doc?]",
    "dev-libs/libfoo[?X]",
    "dev-libs/libfoo[!doc?]",
    "dev-libs/libfoo[doc=]",
    "dev-libs/libfoo[doc(+)]",
    "dev-libs/libfoo[python_abis:*(-)?]",
    "dev-libs/libfoo[linguas:pt_BR]",
    "dev-libs/libfoo[.behaviours<binary]",
    "dev-libs/boost:=1.62.0[>=1.60][python?][-mpi]",
    "x11-libs/gtk+:3[>=3.20]",
]


@pytest.mark.parametrize("text", SPECS)
def test_a_spec_renders_as_it_was_read(text: str) -> None:
    assert str(PackageSpec.parse(text)) == text


def test_a_spec_has_typed_parts() -> None:
    spec = PackageSpec.parse(">=dev-libs/libfoo-1.2:=2::arbor[<3&>=1.1][-doc(+)?]")
    assert spec.name == "dev-libs/libfoo"
    assert spec.bound == VersionBound(">=", Version("1.2"))
    assert spec.slot is not None
    assert (spec.slot.name, spec.slot.locked) == ("2", True)
    assert spec.repository == "arbor"
    assert spec.requirements == (
        VersionRequirement((VersionBound("<", Version("3")), VersionBound(">=", Version("1.1")))),
        OptionRequirement("doc", "-", "(+)", "?"),
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("*", SlotRequirement()), ("=", SlotRequirement(locked=True))],
)
def test_a_slot_may_be_any(text: str, expected: SlotRequirement) -> None:
    assert SlotRequirement.parse(text) == expected


@pytest.mark.parametrize("text", ["*/*", "*/libfoo", "dev-libs/*", "*/*::arbor"])
def test_wildcards_are_for_dependencies_not_for_operators(text: str) -> None:
    assert str(parse_spec(text)) == text
    assert parse_spec(text).name is None
    with pytest.raises(ParseError, match="names no package"):
        PackageSpec.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "libfoo",
            "/libfoo",
            "a/",
            "a/b/c",
            "a/b:",
            "a/b::",
            "a/b::x:0",
            "a/b[]",
            "a/b[",
            "a/b]",
        ),
        *(
            "a/b[[doc]]",
            "a/b[doc]x",
            "a/b[doc][",
            "a/b-1",
            "=a/b",
            ">=a/b-1*",
            "==a/b-1",
            "=<a/b-1",
        ),
        *("a/b[>=]", "a/b[>=1&]", "a/b[>=1&<2|>3]", "a/b[>=1*]", "a/b[*]", "a/b[a,b]"),
        *("a/b[--x]", "a/b[.x]", "a/b[.=y]", "a/b[.x=a b]", "a/b[a:b:c]", "a/b[(+)]", "a/b[x(+]"),
        *("--execute", "-x/y", "a/-b", "a/b;id", "a/b $(id)", "a/b\n", "a /b", "a/b:-1", "a/b::-x"),
        *("a/..", "../b", "a/b:..", "!a/b", "a/b:=*", "a/b:==1", "*a/b", "a/b*"),
        *("a/b" + "[x]" * 1_000_000, "a/" + "b" * 10_000_000, "[" * 1_000_000),
    ],
    ids=lambda text: repr(text[:20]),
)
def test_what_is_no_spec_is_refused(text: str) -> None:
    with pytest.raises(ParseError) as caught:
        PackageSpec.parse(text)
    assert len(caught.value.reason) < 200


@pytest.mark.parametrize(
    ("spec", "version", "expected"),
    [
        *(("a/b", "1", True), ("=a/b-1", "1-r0", True), ("=a/b-1", "1-r1", False)),
        *((">=a/b-1.2", "1.2", True), (">a/b-1.2", "1.2", False), ("<a/b-2", "2_rc1", True)),
        *(("<=a/b-2", "2-r1", False), ("=a/b-1.2*", "1.2.9", True), ("=a/b-2.5*", "2.59", False)),
        *(
            ("~a/b-1.2", "1.2-r4", True),
            ("~a/b-1.2-r2", "1.2-r1", False),
            ("~a/b-1.2", "1.3", False),
        ),
        *(("~a/b-1.2-r2", "1.2-r2.3", True), ("~a/b-1.2-r0", "1.2", True)),
        *(("~>a/b-1.2", "1.9", True), ("~>a/b-1.2", "2", False), ("~>a/b-1.2", "1.1", False)),
        *(("~>a/b-1.2.3", "1.2.9-r1", True), ("~>a/b-1.2.3", "1.3", False)),
        *(("a/b[>=1.2&<3]", "2", True), ("a/b[>=1.2&<3]", "3", False)),
        *(("a/b[=1*|=3*]", "3.1", True), ("a/b[=1*|=3*]", "2", False)),
        *((">a/b-1[<2]", "1.5", True), (">a/b-1[<2]", "2", False)),
    ],
)
def test_versions_pass_or_not(spec: str, version: str, expected: bool) -> None:
    assert PackageSpec.parse(spec).accepts(Version(version)) is expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        *(
            ("a/b", True),
            ("a/c", False),
            ("c/b", False),
            ("*/b", True),
            ("a/*", True),
            ("*/*", True),
        ),
        *(("a/b:2", True), ("a/b:3", False), ("a/b:=", True), ("a/b:=2", True), ("a/b:*", True)),
        *(("a/b::r", True), ("a/b::s", False), ("a/b[>=1]", True), ("a/b[>=2]", False)),
        *(("a/b[doc]", True), ("=a/b-1.5:2::r", True)),
    ],
)
def test_an_id_is_asked_for_or_not(spec: str, expected: bool) -> None:
    assert parse_spec(spec).matches(PackageId.parse("a/b-1.5:2::r")) is expected


@given(st.text(alphabet="ab1/-:=<>~[]()?*.&|+!_ \n", max_size=25))
def test_what_is_read_renders_back_and_the_rest_is_a_parse_error(text: str) -> None:
    try:
        spec = parse_spec(text)
    except ParseError:
        return
    assert str(spec) == text


@given(st.sampled_from(SPECS), st.integers(0, 40), st.characters(codec="utf-8"))
def test_a_damaged_spec_renders_back_or_is_a_parse_error(text: str, at: int, new: str) -> None:
    damaged = text[:at] + new + text[at + 1 :]
    try:
        spec = parse_spec(damaged)
    except ParseError:
        return
    assert str(spec) == damaged
