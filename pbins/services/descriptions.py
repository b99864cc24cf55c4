"""What a pbin says, made readable; a part that can't be read is named, with the reason."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TypeVar
from urllib.parse import quote, urlsplit

from pbins.models import Pbin
from pbins.paludis.dependencies import parse_dependencies
from pbins.paludis.errors import ParseError
from pbins.paludis.options import Option, parse_options
from pbins.paludis.pbin import Pbin as PbinFile
from pbins.paludis.pbin import parse_pbin
from pbins.paludis.tree import parse_tree, scoped_words
from pbins.services.dependency_lines import Section, sections

LONG_GROUP = 16
LINKS = {
    "HOMEPAGE": "Homepage",
    "UPSTREAM_DOCUMENTATION": "Documentation",
    "UPSTREAM_CHANGELOG": "Changelog",
    "UPSTREAM_RELEASE_NOTES": "Release notes",
    "BUGS_TO": "Bugs to",
    "REMOTE_IDS": "Known as",
    "DOWNLOADS": "Made from",
}
"""Fields that hold addresses, with what they are for; the homepage first."""
SITES = {
    "cpan": "https://metacpan.org/dist/",
    "freecode": "https://freshcode.club/projects/",
    "github": "https://github.com/",
    "gitlab": "https://gitlab.com/",
    "launchpad": "https://launchpad.net/",
    "pypi": "https://pypi.org/project/",
    "rubyforge": "https://rubygems.org/gems/",
    "rubygems": "https://rubygems.org/gems/",
    "sourceforge": "https://sourceforge.net/projects/",
}
"""What REMOTE_IDS may begin with, and where that is found."""

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class OptionGroup:
    """Suboptions with their prefix (`linguas`), or the plain options, whose prefix is empty."""

    prefix: str
    options: tuple[Option, ...]

    @property
    def on(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if option.enabled)

    @property
    def off(self) -> tuple[Option, ...]:
        return tuple(option for option in self.options if not option.enabled)

    @property
    def is_long(self) -> bool:
        """Whether what is off would bury what is on: the hundred languages of an office suite."""
        return len(self.options) > LONG_GROUP

    @property
    def rule(self) -> str:
        """How many of each choice may be on, if that is one rule for all: `exactly one`; or empty.

        A prefix can hold several choices: an SSL library, and a JPEG library.
        """
        rules = {option.number_selected for option in self.options}
        return rules.pop().replace("-", " ") if len(rules) == 1 else ""


@dataclass(frozen=True, slots=True)
class Address:
    """One address; ``is_link`` unless following it could do more than open a web page."""

    text: str
    is_link: bool
    address: str = ""


@dataclass(frozen=True, slots=True)
class Description:
    """One pbin for people. ``problems`` names the parts that could not be read, and why.

    ``links`` are addresses by title, the homepages among them.
    """

    file: PbinFile
    homepages: tuple[Address, ...]
    links: tuple[tuple[str, tuple[Address, ...]], ...]
    options: tuple[OptionGroup, ...]
    dependencies: tuple[Section, ...]
    problems: tuple[str, ...]

    @property
    def chosen(self) -> dict[str, bool]:
        """Every option with whether it is on."""
        return {
            str(option.name): option.enabled for group in self.options for option in group.options
        }

    @property
    def packages(self) -> frozenset[str]:
        """Every package that the dependencies name."""
        lines = (line for section in self.dependencies for line in section.lines)
        return frozenset(line.package for line in lines if line.package)


def describe(pbin: Pbin) -> Description:
    """Read the text of a stored pbin; never fails."""
    problems: list[str] = []

    def read(name: str, part: Callable[[], Part], otherwise: Part) -> Part:
        try:
            return part()
        except ParseError as error:
            problems.append(f"{name}: {error.reason}")
            return otherwise

    file = read("The file", lambda: parse_pbin(pbin.text), PbinFile(()))
    enabled = frozenset(file.options.split())
    addresses: dict[str, tuple[str, ...]] = {
        field: read(field, partial(_words, file.get(field)), ()) for field in LINKS
    }
    links = [(LINKS[field], tuple(map(_address, words))) for field, words in addresses.items()]
    return Description(
        file,
        links[0][1],
        tuple((title, found) for title, found in links if found),
        read("MYOPTIONS", lambda: _groups(parse_options(file.myoptions, file.options)), ()),
        read("DEPENDENCIES", lambda: sections(parse_dependencies(file.dependencies), enabled), ()),
        tuple(problems),
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word.text for word, _ in scoped_words(parse_tree(text))))


def _groups(options: Iterable[Option]) -> tuple[OptionGroup, ...]:
    """Plain options first, then the prefixes as they first come."""
    options = tuple(options)
    order = ["", *(option.prefix for option in options)]
    by_prefix = sorted(options, key=lambda option: order.index(option.prefix))
    groups = groupby(by_prefix, key=lambda option: option.prefix)
    return tuple(OptionGroup(prefix, tuple(group)) for prefix, group in groups)


def _address(text: str) -> Address:
    """What is known of a site by its short name (REMOTE_IDS) leads there too."""
    site, _, name = text.partition(":")
    target = f"{SITES[site]}{quote(name)}" if site in SITES and name else text
    try:
        parts = urlsplit(target)
    except ValueError:
        return Address(text, is_link=False)
    is_link = parts.scheme in {"http", "https"} and bool(parts.netloc)
    return Address(text, is_link, target if is_link else "")
