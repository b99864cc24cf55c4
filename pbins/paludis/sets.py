"""Package sets, as files below /etc/paludis/sets (FACTS 4.9)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pbins.paludis.errors import ParseError, shown
from pbins.paludis.names import SetName
from pbins.paludis.specs import PackageSpec, parse_spec

BUILT_IN = frozenset(
    {
        *("everything", "insecurity", "installed-packages", "installed-slots"),
        *("nothing", "security", "system", "world"),
    }
)
"""Names that Paludis gives a meaning of its own."""


class SetOperator(StrEnum):
    """When a line counts."""

    ALWAYS = "*"
    IF_INSTALLED = "?"
    IF_SLOT_INSTALLED = "?:"


@dataclass(frozen=True, slots=True)
class SetEntry:
    """One line of a set: a package, or another set by its name."""

    target: PackageSpec | SetName
    operator: SetOperator = SetOperator.ALWAYS

    def __str__(self) -> str:
        return f"{self.operator} {self.target}"


LINE = re.compile(r"(?:(\*|\?:?)\s+)?(\S+)")


def spec_and_comment(line: str) -> tuple[str, str]:
    """A line as an operator keeps it: what stands before a # and what behind; either may be ""."""
    spec, _, comment = line.partition("#")
    return spec.strip(), comment.strip()


def parse_set(text: str) -> tuple[SetEntry, ...]:
    """Read a set; a line without operator counts always, as in Paludis."""
    entries: list[SetEntry] = []
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            entries.append(_entry(stripped, number))
    return tuple(entries)


def render_set(entries: Iterable[SetEntry], comment: str = "") -> str:
    """Write a set in the order given, each entry once, below a comment of any number of lines."""
    lines = [f"# {line}".rstrip() for line in comment.splitlines()]
    lines += dict.fromkeys(map(str, entries))
    return "".join(f"{line}\n" for line in lines)


def set_file(text: str, heading: str) -> str:
    """Specs a line, as an operator keeps them, as the file of a set that Paludis reads.

    ``heading`` becomes comments at the top; what stands behind a # goes on a line of its own.
    Raises ParseError with the line.
    """
    lines = [f"# {line}".rstrip() for line in heading.splitlines()]
    for number, line in enumerate(text.splitlines(), start=1):
        spec, comment = spec_and_comment(line)
        if comment:
            lines.append(f"# {comment}")
        if spec:
            lines.append(str(_entry(spec, number)))
    return "".join(f"{line}\n" for line in lines)


def _entry(line: str, number: int) -> SetEntry:
    match = LINE.fullmatch(line)
    if match is None:
        raise ParseError(f"{shown(line)} is not a package or a set", number)
    try:
        target = parse_spec(match[2]) if "/" in match[2] else SetName(match[2])
    except ParseError as error:
        raise ParseError(error.reason, number) from None
    return SetEntry(target, SetOperator(match[1] or "*"))
