"""What a benchmark tells: one number, and whether it is good enough."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True, slots=True)
class Measure:
    """One number with its goal.

    `peer` names what it is compared with, and `ratio` is the number divided by the peer's; both
    are None where there is no peer. `at_most` tells a limit (seconds) from a least (a rate). With
    `goal_is_ratio` the goal is for the ratio.
    """

    name: str
    value: float
    unit: str
    goal: float
    at_most: bool = False
    peer: str | None = None
    ratio: float | None = None
    goal_is_ratio: bool = False

    @property
    def ok(self) -> bool:
        """Whether the goal is met."""
        number = self.ratio if self.goal_is_ratio and self.ratio is not None else self.value
        return number <= self.goal if self.at_most else number >= self.goal

    def as_line(self) -> str:
        """The measure as one line of JSON."""
        return json.dumps(
            {
                "name": self.name,
                "value": round(self.value, 4),
                "unit": self.unit,
                "peer": self.peer,
                "ratio": None if self.ratio is None else round(self.ratio, 4),
                "goal": self.goal,
                "ok": self.ok,
            }
        )


def median_seconds(
    work: Callable[[], object], *, times: int = 5, clock: Callable[[], float] = perf_counter
) -> float:
    """How long some work takes, by a clock, at the median of several times."""
    durations = []
    for _ in range(times):
        started = clock()
        work()
        durations.append(clock() - started)
    return median(durations)
