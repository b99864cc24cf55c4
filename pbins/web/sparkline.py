"""A small line of numbers over time, drawn as SVG by the server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 240, 48
MARGIN = 3


@dataclass(frozen=True, slots=True)
class Sparkline:
    """``line`` and ``area`` are the points of a polyline and a polygon within WIDTH × HEIGHT."""

    line: str
    area: str
    first: date
    last: date

    @property
    def view_box(self) -> str:
        return f"0 0 {WIDTH} {HEIGHT}"


def sparkline(samples: Sequence[tuple[date, int]]) -> Sparkline | None:
    """From zero up, so that what looks large is large; None of fewer than two days."""
    if len(samples) < 2:
        return None
    first, last = samples[0][0], samples[-1][0]
    days, most = (last - first).days, max(value for _, value in samples) or 1
    inner = HEIGHT - 2 * MARGIN
    points = [
        f"{WIDTH * (day - first).days / days:.1f},{HEIGHT - MARGIN - inner * value / most:.1f}"
        for day, value in samples
    ]
    return Sparkline(
        line=" ".join(points),
        area=" ".join([f"0,{HEIGHT}", *points, f"{WIDTH},{HEIGHT}"]),
        first=first,
        last=last,
    )
