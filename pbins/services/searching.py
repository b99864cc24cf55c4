"""What is looked for in the catalogue: words and filters, as they stand in an address."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from django.http import QueryDict

LONGEST = 200
MOST_WORDS = 8
MOST_OPTIONS = 8
ORDERS = ("name", "newest", "size", "versions")
"""What a list can be sorted by; with a ``-`` before it, the other way round."""
UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}
SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,3})?)\s*([kmg]?)(?:i?b)?", re.IGNORECASE)
DAYS = re.compile(r"(\d{1,5})\s*d")


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; every field is a text as it was typed, and empty when it asks nothing.

    ``q`` are words that must all be found. ``category``, ``host``, ``outdated`` and ``lagging``
    ask of the package; the other filters all hold for one and the same version of it. ``option``
    holds names, with ``-`` before those that must be off. ``built`` is a day or as in ``30d``,
    ``min`` and ``max`` are sizes as in ``10M``.
    """

    q: str = ""
    category: str = ""
    repository: str = ""
    channel: str = ""
    platform: str = ""
    slot: str = ""
    option: str = ""
    licence: str = ""
    source: str = ""
    built: str = ""
    min: str = ""
    max: str = ""
    host: str = ""
    outdated: str = ""
    lagging: str = ""
    broken: str = ""
    order: str = ""

    @classmethod
    def from_query(cls, query: QueryDict | Mapping[str, str]) -> "Search":
        """Read an address's query, whatever it holds; what comes more than once is joined."""
        return cls(**{field.name: _text(query, field.name) for field in fields(cls)})

    def without(self, *names: str) -> "Search":
        return replace(self, **dict.fromkeys(names, ""))

    def without_option(self, option: str) -> "Search":
        return replace(self, option=" ".join(one for one in self.options if one != option))

    def of_packages(self) -> "Search":
        """Without what asks of versions."""
        return self.without(*(self.filters.keys() - {"category"}))

    @property
    def asks_about_hosts(self) -> bool:
        """Which only people with a role may."""
        return bool(self.host or self.outdated)

    @property
    def words(self) -> list[str]:
        return self.q.split()[:MOST_WORDS]

    @property
    def options(self) -> list[str]:
        """Each once: `ssl`, `-gtk`."""
        words = (word.removeprefix("+") for word in self.option.split())
        return list(dict.fromkeys(word for word in words if word.strip("-")))[:MOST_OPTIONS]

    @property
    def sorted_by(self) -> str:
        """One of ORDERS, maybe with ``-``; empty where words are looked for: the best first."""
        if self.order.removeprefix("-") in ORDERS:
            return self.order
        return "" if self.q else "name"

    @property
    def asked(self) -> dict[str, str]:
        """What is not empty, by its name in an address."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value}

    @property
    def filters(self) -> dict[str, str]:
        return {name: value for name, value in self.asked.items() if name not in {"q", "order"}}

    @property
    def query(self) -> str:
        """The query of its address; equal searches have equal ones."""
        return urlencode(self.asked)

    @property
    def built_since(self) -> datetime | None:
        return read_moment(self.built)

    @property
    def smallest(self) -> int | None:
        return read_size(self.min)

    @property
    def largest(self) -> int | None:
        return read_size(self.max)

    @property
    def problems(self) -> Iterator[str]:
        """What could not be understood, and is not looked for."""
        if self.built and self.built_since is None:
            yield f"“{self.built}” is no day: write 2026-11-22, or 30d for the last thirty days."
        for text, size in ((self.min, self.smallest), (self.max, self.largest)):
            if text and size is None:
                yield f"“{text}” is no size: write 500k, 10M or 1.5G."
        if self.order and self.order.removeprefix("-") not in ORDERS:
            yield f"Nothing is sorted by “{self.order}”; there is {', '.join(ORDERS)}."


def read_size(text: str) -> int | None:
    """Bytes; None for what is no size."""
    match = SIZE.fullmatch(text.strip())
    return int(float(match[1]) * UNITS[match[2].lower()]) if match else None


def read_moment(text: str) -> datetime | None:
    """The beginning of a day (UTC), or so many days ago; None for what is neither."""
    days = DAYS.fullmatch(text.strip())
    if days:
        return datetime.now(UTC) - timedelta(days=int(days[1]))
    try:
        return datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


def _text(query: QueryDict | Mapping[str, str], name: str) -> str:
    found = query.getlist(name) if isinstance(query, QueryDict) else [query.get(name, "")]
    return " ".join(" ".join(found).replace("\0", "").split())[:LONGEST]
