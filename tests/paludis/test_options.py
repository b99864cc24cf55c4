"""What could be chosen, and what was."""

import pytest

from pbins.paludis.errors import ParseError
from pbins.paludis.names import OptionName
from pbins.paludis.options import Option, parse_options
from pbins.paludis.pbin import parse_pbin
from tests.paludis.repositories import all_pbins, recorded_repository

MYOPTIONS = """
( ( doc [[ description = [ Build the documentation ] ]] gtk qt5 [[ requires = [ X ] ]]
    ( providers: ( gnutls [[ description = [ Use GnuTLS ] ]] openssl )
      [[ number-selected = [ exactly-one ] ]] )
    ( python linguas: de pt_BR sr@latin )
    python? ( ( python_abis: ( 2.7 3.5 ) [[ number-selected = [ at-least-one ] ]] )
              gtk? ( deep ) )
) [[ defined-in = [ x-1.exheres-0 ] ]] )
"""


def test_options_have_their_descriptions_groups_and_conditions() -> None:
    options = {option.name: option for option in parse_options(MYOPTIONS, "doc linguas:de ")}
    assert list(options) == [
        *("doc", "gtk", "qt5", "providers:gnutls", "providers:openssl", "python"),
        *("linguas:de", "linguas:pt_BR", "linguas:sr@latin"),
        *("python_abis:2.7", "python_abis:3.5", "deep"),
    ]
    by_name = options.__getitem__
    assert by_name(OptionName("doc")).description == "Build the documentation"
    assert by_name(OptionName("doc")).prefix == ""
    assert by_name(OptionName("qt5")).requires == "X"
    assert by_name(OptionName("providers:gnutls")) == Option(
        OptionName("providers:gnutls"),
        enabled=False,
        description="Use GnuTLS",
        number_selected="exactly-one",
        group=1,
    )
    assert by_name(OptionName("linguas:pt_BR")).prefix == "linguas"
    assert by_name(OptionName("linguas:pt_BR")).number_selected == ""
    assert by_name(OptionName("python_abis:2.7")).conditions == ("python?",)
    assert by_name(OptionName("python_abis:2.7")).number_selected == "at-least-one"
    assert by_name(OptionName("deep")).conditions == ("python?", "gtk?")
    assert [option.group for option in options.values()] == [0, 0, 0, 1, 1, 0, 0, 0, 0, 2, 2, 0]


@pytest.mark.parametrize(
    ("text", "enabled"),
    [
        ("", []),
        ("doc ", ["doc"]),
        ("doc linguas:sr@latin", ["doc", "linguas:sr@latin"]),
        ("doc -gtk", ["doc"]),
        ("de", ["de"]),
        ("unknown doc doc", ["doc", "unknown"]),
    ],
)
def test_what_is_on_is_known_and_what_is_off_too(text: str, enabled: list[str]) -> None:
    options = parse_options(MYOPTIONS, text)
    assert [option.name for option in options if option.enabled] == enabled


def test_an_option_in_several_places_is_one() -> None:
    text = "a? ( x [[ requires = [ y ] ]] ) ( x [[ description = [ Both ] ]] ) b? ( x )"
    (option,) = parse_options(text, "x")
    assert option == Option(OptionName("x"), enabled=True, description="Both", requires="y")


def test_an_option_that_matters_in_several_cases_keeps_the_first() -> None:
    (option,) = parse_options("a? ( x ) b? ( x )", "")
    assert option.conditions == ("a?",)


@pytest.mark.parametrize(("myoptions", "options"), [("( x", ""), ("$(id)", ""), ("", "a;b")])
def test_what_are_no_options_is_refused(myoptions: str, options: str) -> None:
    with pytest.raises(ParseError):
        parse_options(myoptions, options)


def test_the_recorded_options_are_the_ones_that_were_set() -> None:
    path = "packages/net-www/served/served-10.4.1.pbin-1+exheres-0"
    pbin = parse_pbin(recorded_repository()[path].decode())
    assert {one.name: one.enabled for one in parse_options(pbin.myoptions, pbin.options)} == {
        "doc": False,
        "linguas:de": False,
        "linguas:en": True,
        "linguas:pt_BR": False,
    }


def test_every_real_pbin_has_its_options_on_and_off() -> None:
    for text in all_pbins().values():
        pbin = parse_pbin(text)
        options = parse_options(pbin.myoptions, pbin.options)
        assert {one.name for one in options if one.enabled} == set(pbin.options.split())
        assert len({one.name for one in options}) == len(options)
