"""The logs of all runs are searched in stretches, each of which takes a bounded time."""

import time
from itertools import count
from pathlib import Path

import pytest
from pytest_django import Settings

from pbins.models import Run
from pbins.services import log_search
from pbins.services.archive_search import Place, search_logs
from pbins.services.errors import Refused
from pbins.services.logs import log_of
from tests.factories import make_run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings: Settings, tmp_path: Path) -> None:
    settings.PBINS_DATA_DIR = tmp_path


def runs_that_printed(*logs: bytes) -> list[Run]:
    runs = [make_run() for _ in logs]
    for run, content in zip(runs, logs, strict=True):
        if content:
            log_of(run).append(content)
    return runs


def test_of_each_run_the_first_hits_are_shown() -> None:
    first, _, last = runs_that_printed(b"hit\n" * 9, b"", b"no\nhit\nhit\nhit\n")
    found = search_logs("hit")
    assert [(one.run, len(one.hits), one.has_more) for one in found.runs] == [
        (last, 3, False),
        (first, 3, True),
    ]
    assert found.goes_on is None


def test_it_goes_on_where_enough_was_found() -> None:
    first, second, third = runs_that_printed(b"hit\n", b"hit\n", b"hit\n")
    found = search_logs("hit", most_runs=2)
    assert [one.run for one in found.runs] == [third, second]
    assert (found.goes_on, found.searched, found.runs_in_all) == (Place(first.pk), 2, 3)
    rest = search_logs("hit", most_runs=2, place=found.goes_on)
    assert [one.run for one in rest.runs] == [first]
    assert (rest.goes_on, rest.searched, rest.runs_in_all) == (None, 3, 3)


def test_a_stretch_without_any_time_gets_on_by_a_log() -> None:
    first, *_ = runs_that_printed(b"no\n", b"no\n", b"no\n")
    found = search_logs("hit", seconds=0)
    found = search_logs("hit", seconds=0, place=found.goes_on)
    assert (found.goes_on, found.searched) == (Place(first.pk), 2)


def test_a_log_that_takes_longer_than_a_stretch_is_searched_to_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(log_search, "WINDOW", 100)
    clock = count()
    monkeypatch.setattr(time, "monotonic", lambda: float(next(clock)))
    (run,) = runs_that_printed(b"0123456789\n" * 100 + b"hit\n")
    place, stretches, hits = None, 0, 0
    while stretches < 200:
        found = search_logs("hit", place=place)
        stretches += 1
        hits += sum(len(one.hits) for one in found.runs)
        place = found.goes_on
        if place is None:
            break
        assert place.run == run.pk
    assert (hits, stretches > 2, place) == (1, True, None)


@pytest.mark.parametrize("text", ["", "x", "\n\n", "x\n"])
def test_what_every_log_holds_is_not_searched_for(text: str) -> None:
    with pytest.raises(Refused, match="two characters"):
        search_logs(text)


@pytest.mark.parametrize(
    ("text", "place"),
    [("12:34", Place(12, 34)), ("", None), ("12", None), ("a:b", None), ("9" * 30 + ":1", None)],
)
def test_a_place_is_read_from_an_address(text: str, place: Place | None) -> None:
    assert Place.parse(text) == place
    assert place is None or str(place) == text
