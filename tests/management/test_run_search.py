"""``manage.py run search``, and what ``run show`` tells of a failure."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from pbins.models import Run, RunState, StepState
from pbins.services.logs import log_of
from tests.factories import make_repository, make_run
from tests.management.conftest import Shell


@pytest.fixture(autouse=True)
def data_dir(settings: Settings, tmp_path: Path) -> None:
    settings.PBINS_DATA_DIR = tmp_path


@pytest.fixture
def runs(db: None) -> list[Run]:
    """Three runs; the second is of another repository, the first is old and compressed."""
    pbins, others = make_repository("pbins"), make_repository("others")
    made = [make_run(repository=repository) for repository in (pbins, others, pbins)]
    for number, run in enumerate(made):
        log_of(run).append(b"begin\n\x1b[31mThe needle\x1b[0m of run %d\nend\n" % number)
    log_of(made[0]).compress()
    Run.objects.filter(pk=made[0].pk).update(created_at=timezone.now() - timedelta(days=9))
    return made


def numbers(ended_json: list[dict[str, object]]) -> list[object]:
    return [found["run"] for found in ended_json]


def test_the_newest_runs_come_first_with_the_lines_that_were_found(
    manage: Shell, runs: list[Run]
) -> None:
    ended = manage("run", "search", "the NEEDLE")
    lines = ended.out.splitlines()
    assert ended.exit == 0
    assert [line.strip() for line in lines[1::2]] == [
        f"6  The needle of run {number}" for number in (2, 1, 0)
    ]
    assert lines[0].startswith(f"{runs[2].pk:>6}  ")


def test_it_can_be_narrowed(manage: Shell, runs: list[Run]) -> None:
    first, second, third = (run.pk for run in runs)
    for argv, expected in [
        ((), [third, second, first]),
        (("--repository", "pbins"), [third, first]),
        (("--since", "8"), [third, second]),
        (("--limit", "1"), [third]),
        (("--limit", "0"), []),
    ]:
        assert numbers(manage("run", "search", "needle", *argv, "--json").json) == expected


def test_as_json_each_hit_has_its_place(manage: Shell, runs: list[Run]) -> None:
    (found,) = manage("run", "search", "run 2", "--json").json
    assert found["hits"] == [{"offset": 6, "line": "The needle of run 2"}]
    assert found["more"] is False


def test_what_is_nowhere_is_no_failure(manage: Shell, runs: list[Run]) -> None:
    ended = manage("run", "search", "haystack")
    assert (ended.exit, ended.out) == (0, "Not found in the logs that are kept.\n")


@pytest.mark.parametrize("argv", [("x",), ("needle", "--repository", "absent")])
def test_a_senseless_search_is_refused(
    manage: Shell, runs: list[Run], argv: tuple[str, ...]
) -> None:
    assert manage("run", "search", *argv).exit == 2


def test_show_tells_why_a_run_failed(manage: Shell, runs: list[Run]) -> None:
    run = runs[2]
    Run.objects.filter(pk=run.pk).update(state=RunState.FAILED, failure="compile")
    run.steps.create(
        number=1,
        action="create_binary",
        name="cat/pkg",
        version="1",
        origin="arbor",
        state=StepState.FAILED,
        log_offset=0,
    )
    log_of(run).append(b"=== Starting src_compile\na.c:1: error: no\n")
    run.files.create(name="config.log", origin="/build/config.log", size=3)
    lines = manage("run", "show", str(run.pk)).out.splitlines()
    assert "first guess: it does not compile" in lines
    assert "failed: create binary cat/pkg-1; never good before" in lines
    assert "    a.c:1: error: no" in lines
    assert "kept: config.log, 3 bytes, was /build/config.log" in lines


def test_a_log_that_is_kept_no_longer_is_said_to_be_gone(manage: Shell, runs: list[Run]) -> None:
    log_of(runs[0]).remove()
    ended = manage("run", "log", str(runs[0].pk))
    assert ended.exit == 2
    assert "kept no longer" in ended.err
