"""The notation in which cave writes its values down: `Class(key=value;…);` (FACTS 4.6).

A value is a string `"…";`, the word `null;`, or an object. Lists are objects of the class `c`
whose keys are 1, 2, … and `count`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pbins.paludis.errors import ParseError, shown

MAX_DEPTH = 32
"""Objects within objects; a plan has seven."""


class Incomplete(ParseError):
    """The text stops in the middle: it is being written, read it again."""


@dataclass(frozen=True, slots=True)
class Object:
    """A class name and its members, in the order in which they stand."""

    name: str
    members: "dict[str, Value]" = field(default_factory=dict)

    def text(self, key: str) -> str:
        """A member that must be a string. Raises ParseError."""
        value = self.members.get(key)
        if not isinstance(value, str):
            raise ParseError(f"{self.name} has no {key}")
        return value

    def flag(self, key: str) -> bool:
        """A member that must be `true` or `false`."""
        return self.text(key) == "true"

    def object(self, key: str) -> "Object":
        """A member that must be an object. Raises ParseError."""
        value = self.members.get(key)
        if not isinstance(value, Object):
            raise ParseError(f"{self.name} has no {key}")
        return value

    def listed(self, key: str) -> "Iterator[Value]":
        """The values of a member that must be a list, or null for an empty one."""
        if self.members.get(key, "") is None:
            return
        values = self.object(key)
        count = values.text("count")
        present = len(values.members) - 1
        if values.name != "c" or count != str(present):
            raise ParseError(f"{key} of {self.name} says it holds {shown(count)}, not {present}")
        for number in range(1, present + 1):
            if str(number) not in values.members:
                raise ParseError(f"{key} of {self.name} has no number {number}")
            yield values.members[str(number)]

    def texts(self, key: str) -> tuple[str, ...]:
        """A member that must be a list of strings."""
        values = tuple(self.listed(key))
        if not all(isinstance(value, str) for value in values):
            raise ParseError(f"{key} of {self.name} holds more than strings")
        return tuple(value for value in values if isinstance(value, str))


Value = str | Object | None

OPENING = re.compile(r"([A-Za-z_][A-Za-z0-9_@]*+)\(")
KEY = re.compile(r"([A-Za-z0-9_]++)=")
STRING = re.compile(r'"([^"\\]*+(?:\\.[^"\\]*+)*+)";', re.DOTALL)
NULL = re.compile(r"null;")
CLOSING = re.compile(r"\);")
ESCAPE = re.compile(r"\\(.)", re.DOTALL)

CUT_SHORT = re.compile(r'[A-Za-z0-9_@]*+|\)|"[^"\\]*+(?:\\.[^"\\]*+)*+(?:\\|")?', re.DOTALL)
"""What may be left over when a text stops anywhere at all."""


def parse_object(text: str) -> Object:
    """Read one object that is all of the text. Raises Incomplete or ParseError."""
    position = 0
    text = text.rstrip("\n")
    opening = _match(OPENING, text, position)
    root = Object(opening[1])
    open_objects = [root]
    position = opening.end()
    while open_objects:
        if closing := CLOSING.match(text, position):
            open_objects.pop()
            position = closing.end()
            continue
        key = _match(KEY, text, position)
        position = _read_value(text, key.end(), key[1], open_objects)
    if position != len(text):
        raise ParseError(f"{shown(text[position:])} follows the end")
    return root


def _read_value(text: str, position: int, key: str, open_objects: list[Object]) -> int:
    """Put one value, or the beginning of one, into the innermost open object."""
    members = open_objects[-1].members
    if string := STRING.match(text, position):
        members[key] = ESCAPE.sub(r"\1", string[1])
        return string.end()
    if null := NULL.match(text, position):
        members[key] = None
        return null.end()
    opening = _match(OPENING, text, position)
    if len(open_objects) == MAX_DEPTH:
        raise ParseError(f"more than {MAX_DEPTH} objects within each other")
    value = Object(opening[1])
    members[key] = value
    open_objects.append(value)
    return opening.end()


def _match(pattern: re.Pattern[str], text: str, position: int) -> re.Match[str]:
    if match := pattern.match(text, position):
        return match
    if CUT_SHORT.fullmatch(text, position):
        raise Incomplete("the text stops in the middle")
    raise ParseError(f"{shown(text[position:])} does not belong here")
