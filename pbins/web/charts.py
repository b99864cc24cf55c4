"""Numbers over time as charts: what the browser draws, and the same as a table for everybody."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal, TypeVar

from django.utils import timezone

from pbins.models import RunState
from pbins.services.chronicle import (
    MOST_BUILDS,
    BuildTime,
    builds_per_day,
    growth_of_repositories,
    hosts_behind,
)
from pbins.web.wording import duration_in_words, size_in_words

Sample = TypeVar("Sample")
Unit = Literal["count", "bytes", "seconds"]
WORDS: Mapping[Unit, Callable[[float], str]] = {
    "count": lambda number: f"{number:.0f}",
    "bytes": lambda number: size_in_words(int(number)),
    "seconds": duration_in_words,
}
# Beside the states' own colours, for what has no state.
COLOURS = ("blue", "green", "orange", "red", "grey")
OUTCOMES = (
    ("succeeded", "green", (RunState.SUCCEEDED,)),
    ("partly succeeded", "orange", (RunState.PARTIAL,)),
    ("failed", "red", (RunState.FAILED, RunState.LOST)),
    ("cancelled", "grey", (RunState.CANCELLED,)),
)
MOST_POINTS = 90
LAG_SECONDS = 1800  # how often jobs/cron.py notes it
DAYS_OF_BUILDS, DAYS_OF_LAG, DAYS_OF_GROWTH = 30, 14, 180


@dataclass(frozen=True, slots=True)
class Series:
    """One thing that is drawn; None where nothing is known of it. ``colour`` as in COLOURS."""

    name: str
    colour: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """``key`` names it on its page. ``labels`` say what each value belongs to.

    ``span`` says how far back it goes, ``quiet`` what will be drawn when there is enough.

    ``bars`` stack their series upon each other; a ``line`` has a point for each value, an ``area``
    is filled. ``times`` (seconds since 1970) put the values where they belong in time; without
    them they stand side by side, above ``ticks`` where the labels are too long for that.
    """

    key: str
    title: str
    kind: Literal["bars", "line", "area"]
    unit: Unit
    labels: Sequence[str]
    series: Sequence[Series]
    span: str = ""
    quiet: str = "There is nothing to draw yet."
    times: Sequence[int] | None = None
    ticks: Sequence[str] | None = None

    @property
    def of(self) -> str:
        """What the labels are."""
        return "When" if self.times or self.kind == "bars" else "Version"

    @property
    def is_telling(self) -> bool:
        """Whether there is enough to draw."""
        least = 1 if self.kind == "bars" else 2
        known = (value for series in self.series for value in series.values if value is not None)
        return len(self.labels) >= least and any(known)

    @property
    def drawn(self) -> dict[str, object]:
        """What charts.js needs."""
        return {
            "kind": self.kind,
            "unit": self.unit,
            "labels": list(self.labels),
            "ticks": list(self.ticks or self.labels),
            "times": self.times and list(self.times),
            "series": [
                {"name": one.name, "colour": one.colour, "values": list(one.values)}
                for one in self.series
            ],
        }

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The table that says the same, the latest first."""
        in_words = WORDS[self.unit]
        columns = [
            ["–" if value is None else in_words(value) for value in one.values]
            for one in self.series
        ]
        rows = list(zip(self.labels, map(list, zip(*columns, strict=True)), strict=True))
        return rows[::-1]


def builds_chart() -> Chart:
    """Builds that ended, day by day, by how they ended."""
    days = builds_per_day(DAYS_OF_BUILDS)
    return Chart(
        "builds",
        "Builds per day",
        "bars",
        "count",
        [_day(day) for day in days],
        [
            Series(
                name, colour, [sum(counts.get(s, 0) for s in states) for counts in days.values()]
            )
            for name, colour, states in OUTCOMES
        ],
        span=f"{DAYS_OF_BUILDS} days",
        quiet="Builds of the last days are counted here, by how they ended.",
        ticks=[f"{day.day} {day:%b}" for day in days],
    )


def lag_chart() -> Chart:
    """How many hosts were behind the channels that they follow."""
    samples = thinned(hosts_behind(DAYS_OF_LAG))
    return Chart(
        "lag",
        "Hosts behind their channel",
        "area",
        "count",
        [_moment(at) for at, _, _ in samples],
        [
            Series("behind", "orange", [behind for _, _, behind in samples]),
            Series("follow a channel", "grey", [followers for _, followers, _ in samples]),
        ],
        span=f"{DAYS_OF_LAG} days",
        quiet=_first_lag(noted=len(samples)),
        times=[int(at.timestamp()) for at, _, _ in samples],
    )


def growth_chart(only: str = "") -> Chart:
    """The room that repositories take; with ``only``, that one alone."""
    grown = growth_of_repositories(DAYS_OF_GROWTH)
    named = {name: sizes for name, sizes in grown.items() if only in {"", name}}
    days = thinned(sorted({day for sizes in named.values() for day in sizes}))
    return Chart(
        "growth",
        f"Room that {only} takes" if only else "Room that repositories take",
        "area" if len(named) == 1 else "line",
        "bytes",
        [_day(day) for day in days],
        [
            Series(name, COLOURS[number % len(COLOURS)], [sizes.get(day) for day in days])
            for number, (name, sizes) in enumerate(named.items())
        ],
        span="half a year",
        quiet="The room that repositories take is noted every day; on the second day it is drawn.",
        times=[
            int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp()) for day in days
        ],
    )


def build_time_chart(times: Sequence[BuildTime]) -> Chart:
    """How long a package took to build, version by version, the oldest build first."""
    repositories = list(dict.fromkeys(time.repository for time in times))
    return Chart(
        "build-times",
        "Build time",
        "line",
        "seconds",
        [f"{time.version}, run {time.run}" for time in times],
        [
            Series(
                name or "no repository",
                COLOURS[number % len(COLOURS)],
                [time.seconds if time.repository == name else None for time in times],
            )
            for number, name in enumerate(repositories)
        ],
        span=f"the last {MOST_BUILDS} builds",
        quiet="How long the portal's own builds take is drawn from the second one on.",
        ticks=[time.version for time in times],
    )


def thinned(samples: Sequence[Sample]) -> Sequence[Sample]:
    """About so many as can be told apart, the last among them."""
    return samples[:: -(len(samples) // MOST_POINTS + 1)][::-1]


def _first_lag(noted: int) -> str:
    """When there will be two notes, which make a line."""
    now = int(timezone.now().timestamp())
    second = (now // LAG_SECONDS + max(1, 2 - noted)) * LAG_SECONDS
    at = timezone.localtime(datetime.fromtimestamp(second, UTC))
    return (
        "How many of the hosts that follow a channel are behind is noted every half hour;"
        f" it is drawn from the second time on, at {at:%H:%M} at the earliest."
    )


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _moment(at: datetime) -> str:
    return f"{timezone.localtime(at):%d %b %Y, %H:%M}"
