"""Options that nobody has decided, as a question to a person (transcript 03-options-undecided).

Cave ends with a sentence for each requirement on the options of a package that is not met.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pbins.paludis.errors import ParseError
from pbins.paludis.names import OptionName

UNKNOWN = re.compile(r"Can't work out the state of option '([^']+)'")
COUNTED = re.compile(r"(Exactly|At least|At most) one of options \( (.+) \) must be met")
IMPLIED = re.compile(
    r"(Enabling|Disabling) option '([^']+)' requires option '([^']+)' to be (enabled|disabled)"
)
BOUNDS = {"Exactly": (1, 1), "At least": (1, None), "At most": (0, 1)}
BUILD_OPTIONS = "build_options:"


@dataclass(frozen=True, slots=True)
class Rule:
    """How many of these must hold; `-name` holds where the option is off. No `most`: any number."""

    text: str
    wanted: tuple[str, ...]
    least: int
    most: int | None

    def is_met(self, on: Collection[str]) -> bool:
        """Whether it is met when exactly these options are on."""
        count = sum((name.removeprefix("-") in on) != name.startswith("-") for name in self.wanted)
        return count >= self.least and (self.most is None or count <= self.most)


@dataclass(frozen=True, slots=True)
class Question:
    """The options that can be chosen, each once, and the rules for the choice."""

    options: tuple[OptionName, ...]
    rules: tuple[Rule, ...]

    def unmet(self, on: Collection[str]) -> tuple[str, ...]:
        """The rules, in cave's words, that a choice does not meet."""
        return tuple(rule.text for rule in self.rules if not rule.is_met(on))

    def decided(self, on: Collection[str]) -> str:
        """Every option with its state, as `remedies.options_line` takes them."""
        return " ".join(name if name in on else f"-{name}" for name in self.options)


def read_question(requirements: Iterable[str]) -> Question:
    """What cave's sentences ask. Empty where none of them names an option that we can read."""
    options: dict[OptionName, None] = {}
    rules = []
    for text in requirements:
        wanted, least, most = _wanted(text)
        try:
            named = [OptionName(name.removeprefix("-")) for name in wanted]
        except ParseError:
            continue
        options |= dict.fromkeys(named)
        if least or most is not None:
            rules.append(Rule(text, wanted, least, most))
    return Question(tuple(options), tuple(rules))


def read_shown_options(text: str) -> dict[str, bool]:
    """The options of a step as cave shows them: `-doc LINGUAS: de -en` (FACTS 4.4).

    Brackets mean locked, `*` and `+` changed and added. Options of the build itself
    (`build_options:`) are left out: no pbin tells them (FACTS 1.3).
    """
    states: dict[str, bool] = {}
    prefix = ""
    for word in text.split():
        if word == BUILD_OPTIONS:
            break
        if word.endswith(":"):
            prefix = word.lower()
            continue
        name = word.strip("()").rstrip("*+")
        states[prefix + name.removeprefix("-").partition("=")[0]] = not name.startswith("-")
    return states


def _wanted(text: str) -> tuple[tuple[str, ...], int, int | None]:
    """Options of a sentence with their signs, and how many of them must hold."""
    if match := UNKNOWN.fullmatch(text):
        return (match[1],), 0, None
    if match := COUNTED.fullmatch(text):
        names = tuple(_sign_first(name) for name in match[2].split(", "))
        return (names, *BOUNDS[match[1]])
    if match := IMPLIED.match(text):
        condition = f"-{match[2]}" if match[1] == "Enabling" else match[2]
        consequence = match[3] if match[4] == "enabled" else f"-{match[3]}"
        return (condition, consequence), 1, None
    return (), 0, None


def _sign_first(name: str) -> str:
    """Cave prints the sign behind the prefix: `linguas:-de`."""
    prefix, colon, suffix = name.rpartition(":")
    return f"-{prefix}{colon}{suffix[1:]}" if suffix.startswith("-") else name
