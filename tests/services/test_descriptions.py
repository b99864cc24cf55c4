import lzma
import tarfile
from pathlib import Path

import pytest

from pbins.models import Pbin
from pbins.services.descriptions import describe
from tests.factories import pbin_text

CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpus"


def described(**fields: str) -> Pbin:
    return Pbin(text=pbin_text(fields))


def test_options_are_grouped_by_prefix_with_the_plain_ones_first() -> None:
    description = describe(
        described(
            MYOPTIONS="( linguas: ( de en ) ( providers: ( a b )"
            " [[ number-selected = [ exactly-one ] ]] ) ) ( doc )",
            OPTIONS="linguas:de providers:b doc",
        )
    )
    groups = {group.prefix: group for group in description.options}
    assert list(groups) == ["", "linguas", "providers"]
    assert [option.name for option in groups["linguas"].on] == ["linguas:de"]
    assert [option.name for option in groups["linguas"].off] == ["linguas:en"]
    assert (groups["linguas"].rule, groups["providers"].rule) == ("", "exactly one")


@pytest.mark.parametrize(
    ("address", "is_link"),
    [
        ("https://example.org/a?b=c#d", True),
        ("http://example.org", True),
        ("HTTP://example.org", True),
        ("ftp://example.org", False),
        ("javascript:alert(1)", False),
        ("javascript://example.org/%0aalert(1)", False),
        ("http:example.org", False),
        ("http://[broken", False),
        ("//example.org", False),
        ("example.org", False),
    ],
)
def test_only_web_addresses_become_links(address: str, is_link: bool) -> None:
    (homepage,) = describe(described(HOMEPAGE=address)).homepages
    assert (homepage.text, homepage.is_link) == (address, is_link)


def test_several_homepages_are_told_once_each() -> None:
    homepages = describe(described(HOMEPAGE=" http://a http://b http://a ")).homepages
    assert [address.text for address in homepages] == ["http://a", "http://b"]


def test_a_broken_part_leaves_the_others_readable() -> None:
    description = describe(described(DEPENDENCIES="( a/b", MYOPTIONS="doc", OPTIONS="doc"))
    assert description.dependencies == ()
    assert [option.name for option in description.options[0].on] == ["doc"]
    (problem,) = description.problems
    assert problem.startswith("DEPENDENCIES: ")


def test_a_file_that_is_no_pbin_is_said_to_be_none() -> None:
    description = describe(Pbin(text="rm -rf /\n"))
    assert description.file.fields == ()
    assert description.problems[0].startswith("The file: ")


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real pbins is not at hand")
def test_everything_in_a_real_repository_is_readable() -> None:
    found = 0
    for archive in sorted(CORPUS.glob("*.tar.xz"))[-1:]:
        with lzma.open(archive) as packed, tarfile.open(fileobj=packed, mode="r|") as files:
            for member in files:
                content = files.extractfile(member) if ".pbin-1" in member.name else None
                if content is not None:
                    found += 1
                    assert describe(Pbin(text=content.read().decode())).problems == (), member.name
    assert found > 1000
