"""How long builds take by what is known, and what is marked as unusual before a limit strikes."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from pbins.models import Repository, Run, RunKind, RunState, Step, StepAction, StepState
from pbins.services.forecasts import expect, forecast, unusual, usual_seconds
from pbins.services.waiting import next_in_line
from tests.factories import make_host, make_repository, make_run

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def repository() -> Repository:
    return make_repository()


def past_build(repository: Repository, name: str, *seconds: float) -> None:
    """Builds of a package that succeeded, with how long each took."""
    for taken in seconds:
        run = make_run(repository=repository)
        add_step(run, name, StepState.SUCCEEDED, began=NOW, taken=taken)


def add_step(
    run: Run,
    name: str,
    state: StepState = StepState.PENDING,
    *,
    began: datetime | None = None,
    taken: float | None = None,
) -> Step:
    return Step.objects.create(
        run=run,
        number=run.steps.count() + 1,
        action=StepAction.CREATE_BINARY,
        name=name,
        version="1",
        origin="arbor",
        state=state,
        started_at=began,
        finished_at=began + timedelta(seconds=taken) if began and taken is not None else None,
    )


def executing(repository: Repository, *, minutes: float = 0, silent: float = 0) -> Run:
    """One that began, and was last heard, so many minutes ago."""
    run = make_run(repository=repository, state=RunState.EXECUTING)
    run.started_at = NOW - timedelta(minutes=minutes)
    run.last_output_at = NOW - timedelta(minutes=silent)
    run.save()
    return run


def test_the_median_of_what_succeeded_in_the_same_repository_counts(
    repository: Repository,
) -> None:
    past_build(repository, "sys-libs/inkwell", 10, 30, 500)
    past_build(make_repository("others"), "sys-libs/inkwell", 7000)
    run = executing(repository)
    add_step(run, "sys-libs/inkwell")
    assert usual_seconds(run) == {("create_binary", "sys-libs/inkwell"): 30}


def test_what_was_never_made_counts_as_the_others_do(repository: Repository) -> None:
    past_build(repository, "sys-libs/inkwell", 60)
    run = executing(repository)
    add_step(run, "sys-libs/inkwell", StepState.ACTIVE, began=NOW - timedelta(seconds=20))
    add_step(run, "app-misc/new")
    ends_at = forecast(run, NOW).ends_at
    assert ends_at is not None
    assert (ends_at - NOW).total_seconds() == 40 + 60


def test_without_history_nothing_is_claimed(repository: Repository) -> None:
    run = executing(repository)
    add_step(run, "app-misc/new")
    expect(run)
    assert run.expected_seconds is None
    assert forecast(run, NOW).ends_at is None


def test_the_expectation_is_kept_with_the_run(repository: Repository) -> None:
    past_build(repository, "sys-libs/inkwell", 60)
    run = executing(repository)
    run.started_at = timezone.now()
    add_step(run, "sys-libs/inkwell")
    expect(run)
    run.refresh_from_db()
    assert run.expected_seconds is not None
    assert 60 <= run.expected_seconds < 120


@pytest.mark.parametrize(("minutes", "is_slow"), [(29, False), (40, True)])
def test_a_run_far_beyond_its_usual_time_is_marked(
    repository: Repository, minutes: float, is_slow: bool
) -> None:
    run = executing(repository, minutes=minutes)
    run.expected_seconds = 20 * 60.0
    told = unusual(run, NOW)
    assert [sentence.startswith("Unusually slow") for sentence in told] == [True] * is_slow


def test_a_step_far_beyond_its_usual_time_is_named(repository: Repository) -> None:
    past_build(repository, "sys-libs/inkwell", 60)
    run = executing(repository)
    add_step(run, "sys-libs/inkwell", StepState.ACTIVE, began=NOW - timedelta(minutes=10))
    (told,) = forecast(run, NOW).unusual
    assert "sys-libs/inkwell-1 takes 10 minutes so far, usually 60 seconds" in told


@pytest.mark.parametrize(
    ("limit", "silent", "is_marked"),
    [(120, 9, False), (120, 11, True), (8, 3, False), (8, 5, True), (0, 11, True)],
)
def test_silence_is_marked_before_the_limit_strikes(
    repository: Repository, limit: int, silent: float, is_marked: bool
) -> None:
    Repository.objects.update(silence_minutes=limit)
    repository.refresh_from_db()
    told = unusual(executing(repository, minutes=30, silent=silent), NOW)
    assert [sentence.startswith("Unusually silent") for sentence in told] == [True] * is_marked


def waiting(repository: Repository, *, priority: int = 0, minutes: float = 0) -> Run:
    run = make_run(RunKind.BUILD, repository=repository, state=RunState.QUEUED)
    run.priority = priority
    run.created_at = NOW - timedelta(minutes=minutes)
    run.save()
    return run


def test_a_higher_priority_goes_first(repository: Repository) -> None:
    usual, urgent = waiting(repository, minutes=5), waiting(repository, priority=1)
    assert next_in_line([usual, urgent]) == [urgent]
    assert Run.objects.ahead_of(usual) == [urgent]
    assert Run.objects.ahead_of(urgent) == []


def test_who_waits_long_enough_overtakes_a_higher_priority(repository: Repository) -> None:
    patient, urgent = waiting(repository, minutes=21), waiting(repository, priority=2)
    assert next_in_line([urgent, patient]) == [patient]


def test_hosts_do_not_wait_for_each_other(repository: Repository) -> None:
    first = waiting(repository)
    other = waiting(repository, priority=-5)
    other.host = make_host("other", is_builder=True)
    other.save()
    assert next_in_line([first, other]) == [first, other]
    assert Run.objects.ahead_of(other) == []
