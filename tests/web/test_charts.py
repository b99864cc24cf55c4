from datetime import timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import timezone

from pbins.models import DiskSample, RunState
from pbins.services.chronicle import BuildTime
from pbins.web.charts import (
    Chart,
    Series,
    build_time_chart,
    builds_chart,
    growth_chart,
    lag_chart,
    thinned,
)
from tests.factories import make_repository, make_run


def chart(*values: float | None) -> Chart:
    labels = [f"day {number}" for number in range(len(values))]
    return Chart("room", "Room", "line", "bytes", labels, [Series("pbins", "blue", values)])


def test_the_table_says_the_same_with_the_latest_first() -> None:
    assert chart(1024, None, 3 * 2**20).rows == [
        ("day 2", ["3.0 MiB"]),
        ("day 1", ["–"]),
        ("day 0", ["1.0 KiB"]),
    ]


@pytest.mark.parametrize(
    ("values", "is_telling"),
    [((), False), ((5,), False), ((5, 6), True), ((None, None), False), ((0, 0), False)],
)
def test_a_line_needs_two_points(values: tuple[float | None, ...], is_telling: bool) -> None:
    assert chart(*values).is_telling == is_telling


def test_a_chart_without_points_says_what_will_be_drawn() -> None:
    page = render_to_string("pbins/_chart.html", {"chart": build_time_chart([])})
    assert "drawn from the second one on" in page
    assert "<table" not in page


def test_names_in_a_chart_cannot_leave_its_numbers() -> None:
    hostile = Chart("k", "T", "bars", "count", ["</script><b>"], [Series("<i>", "red", [1])])
    page = render_to_string("pbins/_chart.html", {"chart": hostile})
    assert "<b>" not in page
    assert "<i>" not in page


def test_build_times_of_repositories_are_lines_of_their_own() -> None:
    drawn = build_time_chart([BuildTime("1.0", "one", 3, 60.0), BuildTime("1.0", "two", 4, 90.0)])
    assert [(one.name, list(one.values)) for one in drawn.series] == [
        ("one", [60.0, None]),
        ("two", [None, 90.0]),
    ]
    assert drawn.rows[0] == ("1.0, run 4", ["–", "1 min 30 s"])


@pytest.mark.django_db
def test_builds_lost_count_as_failed() -> None:
    for state in (RunState.SUCCEEDED, RunState.FAILED, RunState.LOST, RunState.CANCELLED):
        run = make_run(state=state)
        run.finished_at = timezone.now()
        run.save()
    today = {one.name: one.values[-1] for one in builds_chart().series}
    assert today == {"succeeded": 1, "partly succeeded": 0, "failed": 2, "cancelled": 1}


@pytest.mark.django_db
def test_growth_can_be_that_of_one_repository() -> None:
    for name in ("one", "two"):
        repository = make_repository(name)
        for ago in range(2):
            day = timezone.localdate() - timedelta(days=ago)
            DiskSample.objects.create(
                repository=repository, day=day, tarballs=1, distfiles=1000, trash=0, git=0
            )
    assert [one.name for one in growth_chart().series] == ["one", "two"]
    assert [one.name for one in growth_chart("two").series] == ["two"]
    assert not lag_chart().is_telling


@pytest.mark.parametrize("count", [0, 1, 89, 90, 500])
def test_of_many_samples_the_last_is_kept(count: int) -> None:
    samples = thinned(list(range(count)))
    assert len(samples) <= 90
    assert samples[-1:] == list(range(count))[-1:]
