"""A dependency tree as lines to read: by what it is needed for, with conditions in words."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

from pbins.paludis.dependencies import UNLABELLED, Condition, DependencyTree
from pbins.paludis.names import OptionName
from pbins.paludis.specs import PackageSpec, parse_spec
from pbins.paludis.tree import Group, Scope, Word, annotation_of, scoped_words

PURPOSES = {
    "fetch": "to fetch it",
    "build": "to build it",
    "run": "to run it",
    "install": "to install it",
    "post": "after it is installed",
    "recommendation": "recommended",
    "suggestion": "suggested",
    "test": "to test it",
    "test-expensive": "to test it at length",
}
"""The parts of a label in words, in the order of the page; others come last, as written."""

ONE_OF = "one of"
Path = tuple[Group, ...]


class Met(StrEnum):
    """Where something is that a need asks for."""

    HERE = "here"
    ACCOUNT = "account"
    ELSEWHERE = "elsewhere"
    SOURCE = "source"
    NOWHERE = "nowhere"


@dataclass(frozen=True, slots=True)
class Answer:
    """What meets a need, or is in the way of a blocker: a version in a channel or a source.

    ``channel`` is empty for a source; ``place`` names a source repository, or `pbins/master`.
    """

    met: Met
    version: str = ""
    place: str = ""

    @property
    def repository(self) -> str:
        return self.place.partition("/")[0]

    @property
    def channel(self) -> str:
        return self.place.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Line:
    """A package, or the heading of a group: a condition, or a choice.

    ``depth`` counts the headings above. ``applies``: with the options of this very build.
    ``answer`` is what meets it; of a heading `one of`, of the first line below it that is met.
    """

    depth: int
    text: str
    package: str = ""
    """cat/pkg; empty for a heading and for a wildcard."""
    is_heading: bool = False
    is_blocker: bool = False
    applies: bool = True
    note: str = ""
    spec: PackageSpec | None = None
    answer: Answer | None = None

    @property
    def is_choice(self) -> bool:
        return self.is_heading and self.text == ONE_OF

    @property
    def category(self) -> str:
        return self.package.partition("/")[0]

    @property
    def part(self) -> str:
        """The name without its category."""
        return self.package.partition("/")[2]


@dataclass(frozen=True, slots=True)
class Section:
    """What is needed for one purpose; ``label`` is the tree's word for it."""

    label: str
    lines: tuple[Line, ...]

    @property
    def purpose(self) -> str:
        return purpose_in_words(self.label)


def purpose_in_words(label: str) -> str:
    """`to build it and to run it`."""
    return " and ".join(PURPOSES.get(part, part) for part in label.split("+"))


def sections(tree: DependencyTree, options: Collection[str]) -> tuple[Section, ...]:
    """The tree by label, with ``options`` being those that are on."""
    words: dict[str, list[tuple[Word, Path]]] = {}
    for word, scope in scoped_words(tree.tree):
        words.setdefault(scope.label or UNLABELLED, []).append((word, _path(scope)))
    labels = sorted(words, key=_order)
    return tuple(Section(label, tuple(_lines(words[label], options))) for label in labels)


def _order(label: str) -> list[int]:
    known = list(PURPOSES)
    return [known.index(part) if part in known else len(known) for part in label.split("+")]


def _path(scope: Scope) -> Path:
    """The groups around a word that mean something; bare parentheses don't."""
    return tuple(group for group in scope.groups if group.opener)


def _lines(words: list[tuple[Word, Path]], options: Collection[str]) -> Iterator[Line]:
    above: Path = ()
    for word, path in words:
        kept = len(list(takewhile(lambda pair: pair[0] is pair[1], zip(above, path, strict=False))))
        for depth in range(kept, len(path)):
            yield _heading(path[: depth + 1], options)
        above = path
        yield _package(word, path, options)


def _heading(path: Path, options: Collection[str]) -> Line:
    group = path[-1]
    return Line(
        depth=len(path) - 1,
        text=_in_words(group),
        is_heading=True,
        applies=_holds(path, options),
        note=annotation_of(group, "description"),
    )


def _package(word: Word, path: Path, options: Collection[str]) -> Line:
    spec = parse_spec(word.text.lstrip("!"))
    return Line(
        depth=len(path),
        text=str(spec),
        package=spec.name or "",
        is_blocker=word.text.startswith("!"),
        applies=_holds(path, options),
        note=annotation_of(word, "description"),
        spec=spec,
    )


def _in_words(group: Group) -> str:
    condition = _condition(group)
    if condition is None:
        return ONE_OF
    return f"if {condition.option} is {'off' if condition.negated else 'on'}"


def _holds(path: Path, options: Collection[str]) -> bool:
    conditions = (_condition(group) for group in path)
    return all(condition.holds(options) for condition in conditions if condition is not None)


def _condition(group: Group) -> Condition | None:
    if not group.opener.endswith("?"):
        return None
    return Condition(OptionName(group.opener.strip("!?")), group.opener.startswith("!"))
