"""A feed's history, page by page (RFC 5005). A page is named by the row above its first one.

Rows are only ever added at the top, so a page of the past keeps its items for ever.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import Http404

Row = TypeVar("Row", bound=Model)

PER_PAGE = 50
MARK = re.compile(r"(\d{1,18})\.(\d{1,18})", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = (datetime.max.replace(tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a row stands: its time in microseconds since 1970, and its number."""

    micros: int
    number: int

    @classmethod
    def parse(cls, text: str) -> "Mark":
        """Raises Http404 for what is none, also for a time that no calendar has."""
        match = MARK.fullmatch(text)
        if match is None or int(match[1]) > LATEST:
            raise Http404("There is no such page.")
        return cls(int(match[1]), int(match[2]))

    @property
    def at(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.micros)

    def __str__(self) -> str:
        return f"{self.micros}.{self.number}"


@dataclass(frozen=True, slots=True)
class Ledger(Generic[Row]):
    """Rows in an order that does not change: by number, or by ``time`` where that decides."""

    rows: QuerySet[Row]
    time: str
    by_time: bool = False

    def newest(self, before: Mark | None) -> Mark | None:
        """Of the first row of a page; one row is read."""
        return next(iter(_marks(self._page(before), self.time, 1)), None)

    def page(self, before: Mark | None) -> QuerySet[Row]:
        return self._page(before)[:PER_PAGE]

    def state(self, before: Mark | None) -> str:
        """Another text whenever a page tells other rows, or another one follows it."""
        marks = _marks(self._page(before), self.time, PER_PAGE + 1)
        return sha256(" ".join(map(str, marks)).encode()).hexdigest()[:32]

    def beside(self, before: Mark | None) -> Mapping[str, Mark | None]:
        """The marks of the older page (``next``) and the newer one, which may be the first."""
        marks = _marks(self._page(before), self.time, PER_PAGE + 1)
        links: dict[str, Mark | None] = {}
        if len(marks) > PER_PAGE:
            links["next"] = marks[PER_PAGE - 1]
        if before and marks:
            above = self.rows.filter(self._where(marks[0], "gt")).order_by(*self._order(""))
            newer = _marks(above, self.time, PER_PAGE + 1)
            links["previous"] = newer[PER_PAGE] if len(newer) > PER_PAGE else None
        return links

    def _page(self, before: Mark | None) -> QuerySet[Row]:
        rows = self.rows.filter(self._where(before, "lt")) if before else self.rows
        return rows.order_by(*self._order("-"))

    def _order(self, sign: str) -> tuple[str, ...]:
        return (f"{sign}{self.time}", f"{sign}pk") if self.by_time else (f"{sign}pk",)

    def _where(self, mark: Mark, beyond: str) -> Q:
        number = Q(**{f"pk__{beyond}": mark.number})
        if not self.by_time:
            return number
        same = Q(**{self.time: mark.at}) & number
        return Q(**{f"{self.time}__{beyond}": mark.at}) | same


def _marks(rows: QuerySet[Row], time: str, most: int) -> list[Mark]:
    found = rows.values_list(time, "pk")[:most]
    return [Mark((at - EPOCH) // timedelta(microseconds=1), pk) for at, pk in found]
