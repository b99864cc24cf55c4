"""MYOPTIONS and OPTIONS: what could be chosen, and what was (FACTS 1.3)."""

from dataclasses import dataclass, replace

from pbins.paludis.names import OptionName
from pbins.paludis.tree import Scope, Word, annotation_of, parse_tree, scoped_words


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a pbin, on or off.

    `description` is empty if the exheres gives none. `conditions` (`python?`, outermost first) must
    hold for it to matter. `number_selected` is `exactly-one`, `at-least-one`, `at-most-one` or
    empty: how many of its group may be on. `requires` names what must be on with it.
    """

    name: OptionName
    enabled: bool
    description: str = ""
    conditions: tuple[str, ...] = ()
    number_selected: str = ""
    requires: str = ""

    @property
    def prefix(self) -> str:
        """The group a suboption belongs to (`linguas`); empty for a plain option."""
        return self.name.prefix


def parse_options(myoptions: str, options: str) -> tuple[Option, ...]:
    """Read both texts of a pbin; options in the order of MYOPTIONS, each once.

    What is on without being in MYOPTIONS comes last: nothing that was chosen is hidden.
    """
    enabled = {OptionName(word): True for word in options.split() if not word.startswith("-")}
    known: dict[OptionName, Option] = {}
    for word, scope in scoped_words(parse_tree(myoptions)):
        option = _option(word, scope, enabled)
        earlier = known.get(option.name)
        known[option.name] = option if earlier is None else _merged(earlier, option)
    unknown = (Option(name, enabled=True) for name in enabled if name not in known)
    return (*known.values(), *unknown)


def _option(word: Word, scope: Scope, enabled: dict[OptionName, bool]) -> Option:
    name = OptionName(f"{scope.label}:{word.text}" if scope.label else word.text)
    return Option(
        name,
        name in enabled,
        annotation_of(word, "description"),
        tuple(group.opener for group in scope.groups if group.opener.endswith("?")),
        scope.annotation("number-selected"),
        annotation_of(word, "requires") or scope.annotation("requires"),
    )


def _merged(earlier: Option, later: Option) -> Option:
    """An option that stands in several places: it matters always if it does in one of them."""
    return replace(
        earlier,
        description=earlier.description or later.description,
        conditions=earlier.conditions if later.conditions else (),
        number_selected=earlier.number_selected or later.number_selected,
        requires=earlier.requires or later.requires,
    )
