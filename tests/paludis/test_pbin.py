"""The pbin file."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbins.paludis.errors import ParseError
from pbins.paludis.pbin import Pbin, inspect_pbin, is_half_written, parse_pbin
from tests.paludis.bash import assigned_by_bash
from tests.paludis.repositories import all_pbins, recorded_repository

SERVED = "packages/net-www/served/served-10.4.1.pbin-1+exheres-0"


def test_a_recorded_pbin_has_its_fields_in_order_and_typed() -> None:
    pbin = parse_pbin(recorded_repository()[SERVED].decode())
    assert len(pbin.fields) == 37
    assert [name for name, _ in pbin.fields].count("CHOST") == 2
    assert pbin.summary == "served: a test package"
    assert pbin.description == (
        "A longer text about served with 'quotes', a \"double quote\", a $dollar, a back\\slash "
        "and ünïcode. It has a second line."
    )
    assert pbin.get("HOMEPAGE") == "https://example.org/served/"
    assert (pbin.eapi, pbin.slot, pbin.chost) == ("pbin-1+exheres-0", "0", "x86_64-pc-linux-gnu")
    assert (pbin.platforms, pbin.licences, pbin.cflags) == (("~amd64",), ("MIT",), "")
    assert pbin.options == "linguas:en "
    assert pbin.myoptions.startswith("( ( doc ( linguas: de en pt_BR ) )")
    assert pbin.dependencies.startswith("( build: dev-util/mker")
    assert pbin.tarball == "mybinaries--net-www--served-10.4.1--C.11943.1795352255.763887.C.tar.bz2"
    assert pbin.binary_uri == f"http://127.0.0.1:8999/exherbo/{pbin.tarball}"
    assert pbin.generated_time == datetime(2026, 11, 22, 12, 57, 35, tzinfo=UTC)
    assert (pbin.generated_from, pbin.generated_using) == ("arbor", "paludis-3.0.1")
    assert pbin.scm_revision == ""


def test_the_last_of_several_values_counts_as_in_a_shell() -> None:
    pbin = parse_pbin('SLOT="1"\nSLOT="2"\n')
    assert (pbin.get("SLOT"), pbin.slot, pbin.get("NOTHING")) == ("2", "2", "")


def test_licences_are_named_once_whatever_stands_around_them() -> None:
    text = 'LICENCES="BSD-3 [[ note = [ a b ] ]] gui? ( LGPL-3 ) || ( GPL-2 GPL-3 ) GPL-2"'
    assert parse_pbin(text).licences == ("BSD-3", "LGPL-3", "GPL-2", "GPL-3")


def test_a_tarball_is_the_last_component_of_any_uri() -> None:
    for uri in ("mirror://mine/x.tar.bz2", "http://h/a/b/x.tar.bz2", "x.tar.bz2"):
        assert parse_pbin(f'BINARY_URI="{uri}"').tarball == "x.tar.bz2"


@pytest.mark.parametrize("seconds", ["", "x", "-1", "1.5", "９", "²", "9" * 15, "9" * 1_000_000])
def test_a_time_that_is_none_is_refused(seconds: str) -> None:
    with pytest.raises(ParseError, match="GENERATED_TIME"):
        _ = parse_pbin(f'GENERATED_TIME="{seconds}"').generated_time


def test_a_missing_slot_or_source_is_refused_when_asked_for() -> None:
    with pytest.raises(ParseError, match="slot"):
        _ = Pbin(()).slot
    with pytest.raises(ParseError, match="repository"):
        _ = Pbin(()).generated_from


def test_the_first_line_that_is_no_field_is_named() -> None:
    with pytest.raises(ParseError, match="line 3: not a NAME") as caught:
        parse_pbin('# Created\nA="b"\nrm -rf /\n')
    assert caught.value.line == 3


def test_a_field_that_a_shell_would_expand_is_read_as_written() -> None:
    text = 'DESCRIPTION="has `ticks` and $(more)"\n'
    assert parse_pbin(text).description == "has `ticks` and $(more)"
    assert not inspect_pbin(text).clean


def test_every_field_of_every_real_pbin_is_what_bash_reads(tmp_path: Path) -> None:
    texts = all_pbins()
    pbins = {path: parse_pbin(text) for path, text in texts.items()}
    clean = {path: text for path, text in texts.items() if inspect_pbin(text).clean}
    names = {path: {name for name, _ in pbins[path].fields} for path in clean}
    read_by_bash = assigned_by_bash(tmp_path, clean, names)
    assert read_by_bash == {path: dict(pbins[path].fields) for path in clean}


def test_only_the_real_pbins_with_backticks_are_unclean() -> None:
    for text in all_pbins().values():
        assert inspect_pbin(text).clean is ("`" not in text)


WHOLE = b'# Created by paludis\nSUMMARY="x"\nSCM_REVISION=""\n'


@pytest.mark.parametrize(
    ("path", "content", "is_half"),
    [
        ("a-1.pbin-1+exheres-0", WHOLE, False),
        ("a-1.pbin-1+exheres-0", WHOLE[:-1], True),
        ("a-1.pbin-1+exheres-0", b'SUMMARY="x"\n', True),
        ("a-1.pbin-1+exheres-0", b"# Created by paludis\n", True),
        ("a-1.pbin-1+exheres-0", b"", True),
        ("a-1.pbin-1+5", b'SUMMARY="x"\n', False),
        ("a-1.pbin-1+5", b'SUMMARY="x', True),
    ],
)
def test_a_pbin_whose_writer_was_ended_is_known(path: str, content: bytes, is_half: bool) -> None:
    assert is_half_written(path, content) is is_half
