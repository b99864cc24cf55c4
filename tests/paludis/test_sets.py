"""Package sets, both ways."""

import pytest

from pbins.paludis.errors import ParseError
from pbins.paludis.names import SetName
from pbins.paludis.sets import SetEntry, SetOperator, parse_set, render_set, spec_and_comment
from pbins.paludis.specs import PackageSpec


def test_a_set_holds_packages_and_other_sets() -> None:
    text = """
    # Everything a web server needs
    * net-www/served[>=10]
    ? dev-libs/libfoo
    ?: dev-libs/libfoo:2
    *\tworld
    app-shells/hush
    """
    assert parse_set(text) == (
        SetEntry(PackageSpec.parse("net-www/served[>=10]")),
        SetEntry(PackageSpec.parse("dev-libs/libfoo"), SetOperator.IF_INSTALLED),
        SetEntry(PackageSpec.parse("dev-libs/libfoo:2"), SetOperator.IF_SLOT_INSTALLED),
        SetEntry(SetName("world")),
        SetEntry(PackageSpec.parse("app-shells/hush")),
    )


def test_a_set_is_written_once_per_entry_below_its_comment() -> None:
    entries = [*parse_set("* a/b\n* c/d\n? a/b\n* a/b\n")]
    written = render_set(entries, comment="Written by the portal:\n\ndo not edit")
    assert written == "# Written by the portal:\n#\n# do not edit\n* a/b\n* c/d\n? a/b\n"
    assert parse_set(written) == tuple(entries[:3])
    assert render_set([]) == ""


@pytest.mark.parametrize(
    "line", ["* a/b c/d", "!! a/b", "* ", "* -x", "a b", "? ../x", "* $(id)", "*a/b/c", "? a/b-1"]
)
def test_a_malformed_line_is_refused_by_its_number(line: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_set(f"* ok/ok\n{line}\n")
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("line", "read"),
    [
        (" a/b # why: c#2 ", ("a/b", "why: c#2")),
        ("a/b", ("a/b", "")),
        ("#a/b", ("", "a/b")),
        ("  ", ("", "")),
    ],
)
def test_a_line_is_a_spec_and_what_is_said_of_it(line: str, read: tuple[str, str]) -> None:
    assert spec_and_comment(line) == read
