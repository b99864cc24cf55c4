"""Paludis' text form of nested objects: `Class(key=value;…);` (FACTS 4.6)."""

from collections.abc import Iterable
from dataclasses import dataclass

BROKEN = "not a whole resume file"


@dataclass(frozen=True, slots=True)
class Node:
    """An object with its fields; a list is a Node named `c` with keys `1`, `2`, …, `count`."""

    name: str
    fields: dict[str, "str | Node"]

    def text(self, key: str) -> str:
        value = self.fields[key]
        if isinstance(value, Node):
            raise TypeError(key)
        return value

    def node(self, key: str) -> "Node":
        value = self.fields[key]
        if isinstance(value, str):
            raise TypeError(key)
        return value

    def nodes(self, key: str) -> list["Node"]:
        listed = self.node(key)
        return [listed.node(str(number)) for number in range(1, int(listed.text("count")) + 1)]

    def texts(self, key: str) -> list[str]:
        listed = self.node(key)
        return [listed.text(str(number)) for number in range(1, int(listed.text("count")) + 1)]


def listed(values: "Iterable[str | Node]") -> Node:
    fields: dict[str, str | Node] = {str(place): each for place, each in enumerate(values, 1)}
    return Node("c", fields | {"count": str(len(fields))})


def dump(node: Node) -> str:
    fields = "".join(
        f"{key}={dump(value) if isinstance(value, Node) else _quote(value)}"
        for key, value in node.fields.items()
    )
    return f"{node.name}({fields});"


def _quote(text: str) -> str:
    escaped = "".join(f"\\{letter}" if letter in '\\";()' else letter for letter in text)
    return f'"{escaped}";'


def load(text: str) -> Node:
    """Raises ValueError for text that is not one whole object."""
    node, end = _object(text, 0)
    if text[end:].strip():
        raise ValueError(BROKEN)
    return node


def _object(text: str, start: int) -> tuple[Node, int]:
    opening = text.find("(", start)
    if opening < 0:
        raise ValueError(BROKEN)
    fields: dict[str, str | Node] = {}
    place = opening + 1
    while text[place : place + 1] != ")":
        equals = text.find("=", place)
        if equals < 0:
            raise ValueError(BROKEN)
        key = text[place:equals]
        fields[key], place = (
            _string(text, equals + 2)
            if text[equals + 1 : equals + 2] == '"'
            else _object(text, equals + 1)
        )
    return Node(text[start:opening], fields), place + 2


def _string(text: str, place: int) -> tuple[str, int]:
    letters = []
    while text[place : place + 1] != '"':
        if text[place : place + 1] == "\\":
            place += 1
        if place >= len(text):
            raise ValueError(BROKEN)
        letters.append(text[place])
        place += 1
    return "".join(letters), place + 2
