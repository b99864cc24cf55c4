"""What a pbin says, made readable; a part that can't be read is named, with the reason."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import TypeVar
from urllib.parse import urlsplit

from pbins.models import Pbin
from pbins.paludis.dependencies import parse_dependencies
from pbins.paludis.errors import ParseError
from pbins.paludis.options import Option, parse_options
from pbins.paludis.pbin import Pbin as PbinFile
from pbins.paludis.pbin import parse_pbin
from pbins.paludis.tree import parse_tree, scoped_words
from pbins.services.dependency_lines import Section, sections

LONG_GROUP = 16

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
    """One homepage; ``is_link`` unless following it could do more than open a web page."""

    text: str
    is_link: bool


@dataclass(frozen=True, slots=True)
class Description:
    """One pbin for people. ``problems`` names the parts that could not be read, and why."""

    file: PbinFile
    homepages: tuple[Address, ...]
    options: tuple[OptionGroup, ...]
    dependencies: tuple[Section, ...]
    problems: tuple[str, ...]

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
    homepages: tuple[str, ...] = read("HOMEPAGE", lambda: _words(file.homepage), ())
    return Description(
        file,
        tuple(map(_address, homepages)),
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
    try:
        parts = urlsplit(text)
    except ValueError:
        return Address(text, is_link=False)
    return Address(text, is_link=parts.scheme in {"http", "https"} and bool(parts.netloc))
