"""What a benchmark tells."""

import json

import pytest

from benchmarks.measure import Measure, median_seconds


@pytest.mark.parametrize(
    ("measure", "ok"),
    [
        (Measure("a rate", 10.0, "MB/s", goal=10), True),
        (Measure("a rate", 9.9, "MB/s", goal=10), False),
        (Measure("a time", 0.9, "s", goal=1, at_most=True), True),
        (Measure("a time", 1.1, "s", goal=1, at_most=True), False),
        (Measure("a share", 5.0, "MB/s", 0.7, peer="x", ratio=0.8, goal_is_ratio=True), True),
        (Measure("a share", 5.0, "MB/s", 0.7, peer="x", ratio=0.6, goal_is_ratio=True), False),
    ],
)
def test_a_goal_is_met_or_missed(measure: Measure, ok: bool) -> None:
    assert measure.ok is ok
    assert json.loads(measure.as_line()) == {
        "name": measure.name,
        "value": measure.value,
        "unit": measure.unit,
        "peer": measure.peer,
        "ratio": measure.ratio,
        "goal": measure.goal,
        "ok": ok,
    }


def test_a_duration_is_the_one_in_the_middle() -> None:
    readings = iter([0.0, 1.0, 10.0, 19.0, 20.0, 22.0])
    assert median_seconds(lambda: None, times=3, clock=lambda: next(readings)) == 2.0
