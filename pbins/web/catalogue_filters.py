"""The filters of the catalogue as people meet them: a form, chips to take off, heads to sort by."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pbins.models import TermKind
from pbins.services.choices import categories, channels, repositories, terms
from pbins.services.searching import Search

AGES = (("1d", "the last day"), ("7d", "the last week"), ("30d", "the last month"))
WORDS = {
    "category": "category",
    "repository": "repository",
    "channel": "channel",
    "platform": "platform",
    "slot": "slot",
    "licence": "licence",
    "source": "from",
    "built": "built since",
    "min": "at least",
    "max": "at most",
    "host": "installed on",
}
HEADS = (("name", "Package"), ("versions", "Versions"), ("size", "Size"), ("newest", "Since"))


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on; ``query`` is the address's without it."""

    text: str
    query: str


@dataclass(frozen=True, slots=True)
class Head:
    """A column to sort by. ``direction`` is as ARIA says it; empty for another column."""

    text: str
    query: str
    direction: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form. Without choices it is typed; ``suggests`` names what may be typed."""

    name: str
    label: str
    value: str
    choices: Sequence[tuple[str, str]] = ()
    everything: str = ""
    placeholder: str = ""
    suggests: str = ""


def chips(search: Search) -> list[Chip]:
    return list(_chips(search))


def column_heads(search: Search) -> dict[str, Head]:
    """By what they sort by; the second time, the other way round."""
    return {name: _head(search, name, text) for name, text in HEADS}


def filter_fields(search: Search, *, is_member: bool) -> list[Field]:
    """Strangers are asked nothing about hosts."""
    known = terms(TermKind.PLATFORM, TermKind.LICENCE, TermKind.SOURCE)
    fields = [
        _select(search, "category", "Category", "Every category", categories()),
        _select(search, "repository", "Repository", "Every repository", repositories()),
        _select(search, "channel", "Channel", "Every channel", channels()),
        _select(search, "platform", "Platform", "Every platform", known[TermKind.PLATFORM]),
        _select(search, "licence", "Licence", "Every licence", known[TermKind.LICENCE]),
        _select(search, "source", "Source repository", "Every source", known[TermKind.SOURCE]),
        Field("option", "Options", search.option, placeholder="ssl -gtk", suggests="option"),
        Field("slot", "Slot", search.slot, placeholder="0", suggests="slot"),
        Field("built", "Built since", search.built, placeholder="2026-01-31, or 30d"),
        Field("min", "At least", search.min, placeholder="10M"),
        Field("max", "At most", search.max, placeholder="1.5G"),
    ]
    if is_member:
        fields.append(
            Field("host", "Installed on", search.host, placeholder="a host", suggests="host")
        )
    return fields


def _select(
    search: Search, name: str, label: str, everything: str, choices: Sequence[str]
) -> Field:
    value = getattr(search, name)
    offered = [*choices] if not value or value in choices else [value, *choices]
    return Field(name, label, value, [(one, one) for one in offered], everything)


def _chips(search: Search) -> Iterator[Chip]:
    if search.q:
        yield Chip(f"“{search.q}”", search.without("q").query)
    for name, words in WORDS.items():
        value = getattr(search, name)
        if value:
            yield Chip(f"{words} {dict(AGES).get(value, value)}", search.without(name).query)
    for option in search.options:
        state = "off" if option[0] == "-" else "on"
        yield Chip(f"{option.lstrip('-')} {state}", search.without_option(option).query)
    if search.outdated:
        yield Chip("outdated on some host", search.without("outdated").query)
    if search.lagging:
        yield Chip("behind their source", search.without("lagging").query)
    if search.broken:
        yield Chip("withheld or broken", search.without("broken").query)


def _head(search: Search, name: str, text: str) -> Head:
    order = name
    direction = ""
    if search.sorted_by.removeprefix("-") == name:
        is_turned = search.sorted_by.startswith("-")
        order = name if is_turned else f"-{name}"
        direction = "ascending" if is_turned is (name != "name") else "descending"
    return Head(text, replace(search, order=order).query, direction)
