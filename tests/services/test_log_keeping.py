"""What becomes of logs: compressed when their runs are over, removed when their time is."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from pbins.models import Repository, Run, RunState
from pbins.services.kept_files import kept_file
from pbins.services.log_keeping import compress_logs, remove_old_logs
from pbins.services.logs import is_log_removed, log_of, log_size, read_log
from pbins.services.places import places
from tests.factories import make_repository, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings: Settings, tmp_path: Path) -> None:
    settings.PBINS_DATA_DIR = tmp_path


@pytest.fixture
def repository() -> Repository:
    return make_repository()


def ended(repository: Repository | None, *, days: float) -> Run:
    """A run with a log that ended so many days ago."""
    run = make_run(repository=repository)
    run.finished_at = timezone.now() - timedelta(days=days)
    run.save()
    log_of(run).append(b"a line\n" * 1000)
    return run


def test_only_the_logs_of_runs_that_are_over_for_a_while_are_compressed(
    repository: Repository,
) -> None:
    old, fresh, open_run = (ended(repository, days=days) for days in (1, 0, 1))
    Run.objects.filter(pk=open_run.pk).update(state=RunState.CONFIRMING, finished_at=None)
    assert compress_logs() == 1
    assert [log_of(run).path.exists() for run in (old, fresh, open_run)] == [False, True, True]
    assert read_log(old, 0, 10**6) == b"a line\n" * 1000
    assert compress_logs() == 0


def test_what_is_no_runs_directory_disturbs_nobody(repository: Repository) -> None:
    for name in ("odd", "5b0d1a1c-5a0f-4b8e-9a55-0d1f1c2b3a4d"):
        stray = places().root / "runs" / name / "log"
        stray.parent.mkdir(parents=True)
        stray.write_bytes(b"x")
    ended(repository, days=1)
    assert compress_logs() == 1


@pytest.mark.parametrize(("keep", "is_removed"), [(30, False), (29, True), (0, False)])
def test_a_repositorys_policy_says_how_long_logs_are_kept(
    repository: Repository, keep: int, is_removed: bool
) -> None:
    repository.keep_logs_days = keep
    repository.save()
    run = ended(repository, days=29.5)
    file = run.files.create(name="config.log", origin="/x/config.log", size=3)
    kept_file(file).write(b"abc")
    assert remove_old_logs() == int(is_removed)
    assert is_log_removed(run) is is_removed
    assert (log_size(run) == 0) is is_removed
    assert run.files.exists() is not is_removed
    assert (kept_file(file).read() == b"") is is_removed
    assert run.events.filter(text__contains="kept for 29 days").exists() is is_removed
    assert remove_old_logs() == 0


def test_a_run_without_a_repository_goes_by_the_longest_policy(repository: Repository) -> None:
    run = ended(None, days=200)
    assert remove_old_logs() == 1  # 180 days, the default
    other = ended(None, days=200)
    Repository.objects.update(keep_logs_days=0)
    assert remove_old_logs() == 0
    assert (is_log_removed(run), is_log_removed(other)) == (True, False)


def test_a_run_that_goes_on_keeps_its_log(repository: Repository) -> None:
    run = ended(repository, days=900)
    Run.objects.update(state=RunState.EXECUTING)
    assert remove_old_logs() == 0
    assert log_size(run)


def test_a_run_that_never_had_a_log_is_left_alone(repository: Repository) -> None:
    run = make_run(repository=repository)
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(days=900))
    assert remove_old_logs() == 0
    assert not is_log_removed(run)
