"""DEPENDENCIES: what a package needs, when, and for what."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pbins.paludis.errors import ParseError, shown
from pbins.paludis.names import OptionName, QualifiedPackageName
from pbins.paludis.specs import PackageSpec, parse_spec
from pbins.paludis.tree import Scope, Tree, Word, parse_tree, render_tree, scoped_words

UNLABELLED = "build+run"
"""What holds before the first label."""
TO_BUILD = frozenset({"build", "compile-against", "fetch"})
TO_RUN = frozenset({"run", "post", "install"})

CONDITION = re.compile(r"(!?)([^!?]+)\?")
BLOCKER = re.compile(r"!{0,2}")


@dataclass(frozen=True, slots=True)
class Condition:
    """`doc?` or `!doc?`."""

    option: OptionName
    negated: bool = False

    def __str__(self) -> str:
        return f"{'!' if self.negated else ''}{self.option}?"

    def holds(self, options: Collection[str]) -> bool:
        """Whether it is met when just these options are on."""
        return (self.option in options) is not self.negated


@dataclass(frozen=True, slots=True)
class Need:
    """One package that a tree names.

    `labels` say what for (`build`, `run`, …), `conditions` must all hold. `blocker` is `!` or `!!`
    if the package must not be there, else empty. `choice` is 0, or the number of the `|| ( )`
    group it stands in: one of the needs with that number is enough.
    """

    spec: PackageSpec
    labels: frozenset[str]
    conditions: tuple[Condition, ...] = ()
    blocker: str = ""
    choice: int = 0


@dataclass(frozen=True, slots=True)
class DependencyTree:
    """A parsed tree; `str()` renders it. `needs` are its packages in the order of the text."""

    tree: Tree
    needs: tuple[Need, ...]

    def __str__(self) -> str:
        return render_tree(self.tree)

    def needed(
        self, labels: Collection[str], options: Collection[str] | None = None
    ) -> tuple[Need, ...]:
        """What is needed for any of the labels when just these options are on.

        Without options: what is needed whatever the options are. Blockers are no needs.
        """
        return tuple(
            need
            for need in self.needs
            if not need.blocker
            and not need.labels.isdisjoint(labels)
            and (
                not need.conditions
                if options is None
                else all(condition.holds(options) for condition in need.conditions)
            )
        )

    def to_build(self, options: Collection[str] | None = None) -> tuple[Need, ...]:
        """What building needs; tests are left out."""
        return self.needed(TO_BUILD, options)

    def to_run(self, options: Collection[str] | None = None) -> tuple[Need, ...]:
        """What an installed package needs."""
        return self.needed(TO_RUN, options)

    @property
    def packages(self) -> frozenset[QualifiedPackageName]:
        """Every package named under whatever label and condition; not the blocked ones."""
        names = (need.spec.name for need in self.needs if not need.blocker)
        return frozenset(name for name in names if name is not None)


def parse_dependencies(text: str) -> DependencyTree:
    """Read DEPENDENCIES; ParseError if it is no tree or a leaf is no package."""
    tree = parse_tree(text)
    return DependencyTree(tree, tuple(_needs(tree)))


def _needs(tree: Tree) -> Iterator[Need]:
    choices: dict[int, int] = {}
    last_scope = Scope()
    context = _context(last_scope, choices)
    for word, scope in scoped_words(tree):
        if scope is not last_scope:
            last_scope, context = scope, _context(scope, choices)
        labels, conditions, choice = context
        blocker = _blocker(word)
        yield Need(parse_spec(word.text[len(blocker) :]), labels, conditions, blocker, choice)


def _context(
    scope: Scope, choices: dict[int, int]
) -> tuple[frozenset[str], tuple[Condition, ...], int]:
    """What a scope says of the needs in it; `choices` numbers the `|| ( )` groups as they come."""
    label = UNLABELLED if scope.label is None else scope.label
    openers = [group.opener for group in scope.groups]
    conditions = tuple(_condition(opener) for opener in openers if opener.endswith("?"))
    any_groups = [group for group in scope.groups if group.opener == "||"]
    choice = choices.setdefault(id(any_groups[0]), len(choices) + 1) if any_groups else 0
    return frozenset(label.split("+")), conditions, choice


def _condition(opener: str) -> Condition:
    match = CONDITION.fullmatch(opener)
    if match is None:
        raise ParseError(f"{shown(opener)} is not a condition")
    return Condition(OptionName(match[2]), bool(match[1]))


def _blocker(word: Word) -> str:
    match = BLOCKER.match(word.text)
    return match[0] if match else ""
