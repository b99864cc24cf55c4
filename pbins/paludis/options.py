"""MYOPTIONS and OPTIONS: what could be chosen, and what was (FACTS 1.3)."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from pbins.paludis.names import OptionName
from pbins.paludis.tree import Scope, Word, annotation_of, parse_tree, scoped_words


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a pbin, on or off.

    `description` is empty if the exheres gives none. `conditions` (`python?`, outermost first) must
    hold for it to matter. `requires` names what must be on with it.

    `number_selected` is `exactly-one`, `at-least-one`, `at-most-one` or empty: how many of its
    group may be on. `group` is 0, or the number of that group: others with it are in it too.
    """

    name: OptionName
    enabled: bool
    description: str = ""
    conditions: tuple[str, ...] = ()
    requires: str = ""
    number_selected: str = ""
    group: int = 0

    @property
    def prefix(self) -> str:
        """The group a suboption belongs to (`linguas`); empty for a plain option."""
        return self.name.prefix


def parse_options(myoptions: str, options: str) -> tuple[Option, ...]:
    """Read both texts of a pbin; options in the order of MYOPTIONS, each once.

    What is on without being in MYOPTIONS comes last: nothing that was chosen is hidden.
    """
    enabled = dict.fromkeys(OptionName(word) for word in options.split() if word[0] != "-")
    known: dict[OptionName, Option] = {}
    groups: dict[int, int] = {}
    tree = parse_tree(myoptions)
    for word, scope in scoped_words(tree):
        option = _option(word, scope, enabled, groups)
        earlier = known.get(option.name)
        known[option.name] = option if earlier is None else _merged(earlier, option)
    unknown = (Option(name, enabled=True) for name in enabled if name not in known)
    return (*known.values(), *unknown)


def _option(
    word: Word, scope: Scope, enabled: Collection[OptionName], groups: dict[int, int]
) -> Option:
    """Make an option of a word; `groups` numbers the counted groups as they come."""
    name = OptionName(f"{scope.label}:{word.text}" if scope.label else word.text)
    counted = scope.annotated("number-selected")
    return Option(
        name,
        name in enabled,
        annotation_of(word, "description"),
        tuple(group.opener for group in scope.groups if group.opener.endswith("?")),
        annotation_of(word, "requires") or scope.annotation("requires"),
        scope.annotation("number-selected"),
        0 if counted is None else groups.setdefault(id(counted), len(groups) + 1),
    )


def _merged(earlier: Option, later: Option) -> Option:
    """An option that stands in several places: it matters always if it does in one of them."""
    counted = earlier if earlier.group else later
    return replace(
        earlier,
        description=earlier.description or later.description,
        conditions=earlier.conditions if later.conditions else (),
        requires=earlier.requires or later.requires,
        number_selected=counted.number_selected,
        group=counted.group,
    )
