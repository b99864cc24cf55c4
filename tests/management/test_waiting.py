"""Following runs until they rest, with ``build`` as the command that does it."""

import pytest
from pytest_django import DjangoAssertNumQueries

from pbins.jobs.submission import QueueHealth
from pbins.management import waiting
from pbins.management.waiting import HEALTH_CHECKS_WITH_TROUBLE, POLLS_PER_HEALTH_CHECK
from pbins.models import Host, Repository, Run, RunKind, RunState
from tests.factories import make_channel, make_host, make_repository, make_run
from tests.management.conftest import Shell, Workers

BUILD = ("build", "pbins", "sys-test/hello", "--wait")


@pytest.fixture(autouse=True)
def repository(db: None) -> Repository:
    repository = make_repository("pbins")
    repository.builders.add(make_host("builder", is_builder=True))
    make_channel(repository)
    return repository


def becomes(state: RunState, reason: str = "") -> None:
    Run.objects.update(state=state, reason=reason)


@pytest.mark.parametrize(
    ("state", "exit_status"),
    [
        (RunState.SUCCEEDED, 0),
        (RunState.PARTIAL, 1),
        (RunState.FAILED, 1),
        (RunState.CANCELLED, 1),
        (RunState.LOST, 1),
    ],
)
def test_the_exit_status_is_that_of_the_run(
    manage: Shell, workers: Workers, state: RunState, exit_status: int
) -> None:
    workers.on_sleep = lambda _: becomes(state, "Because.")
    ended = manage(*BUILD)
    assert ended.exit == exit_status
    assert ended.out.splitlines()[-1] == f"run {_number()} on builder {state.label}: Because."


def test_every_change_of_state_is_told_once(manage: Shell, workers: Workers) -> None:
    story = [
        (RunState.PLANNING, ""),
        (RunState.PLANNING, ""),
        (RunState.EXECUTING, "2 of 9 steps"),
        (RunState.EXECUTING, "3 of 9 steps"),
        (RunState.SUCCEEDED, "9 packages published"),
    ]
    workers.on_sleep = lambda sleeps: becomes(*story[sleeps - 1])
    number = f"run {_expected_number()}"
    assert manage(*BUILD).out.splitlines() == [
        number,
        f"{number} on builder queued",
        f"{number} on builder planning",
        f"{number} on builder executing: 2 of 9 steps",
        f"{number} on builder executing: 3 of 9 steps",
        f"{number} on builder succeeded: 9 packages published",
    ]


def test_json_stands_alone_on_stdout_while_people_read_stderr(
    manage: Shell, workers: Workers
) -> None:
    workers.on_sleep = lambda _: becomes(RunState.SUCCEEDED)
    ended = manage(*BUILD, "--json")
    assert ended.json["run"] == _number()
    assert ended.json["state"] == "succeeded"
    assert ended.err.startswith(f"run {_number()}\n")


def test_a_run_that_asks_ends_the_wait_and_tells_how_to_answer(
    manage: Shell, workers: Workers
) -> None:
    def ask(_: int) -> None:
        becomes(RunState.CONFIRMING)
        Run.objects.get().confirmations.create(
            kind="downgrade", resolvent="cat/pkg:0", permit="--permit-downgrade cat/pkg:0"
        )

    workers.on_sleep = ask
    ended = manage(*BUILD, "--json")
    assert ended.exit == 1
    assert ended.json["confirmations"][0]["resolvent"] == "cat/pkg:0"
    assert "asks: downgrade of cat/pkg:0, an older version would replace a newer one" in ended.err
    assert "allowing it adds --permit-downgrade cat/pkg:0 to the command line" in ended.err
    assert f"manage.py run allow {_number()}" in ended.err


def test_what_cannot_be_allowed_is_not_offered(manage: Shell, workers: Workers) -> None:
    def ask(_: int) -> None:
        becomes(RunState.CONFIRMING)
        Run.objects.get().confirmations.create(kind="masked", resolvent="cat/pkg:0")

    workers.on_sleep = ask
    ended = manage(*BUILD)
    assert ended.exit == 1
    assert "run allow" not in ended.out
    assert f"manage.py run retry {_number()}" in ended.out


def test_ctrl_c_leaves_the_run_going_and_says_so(manage: Shell, workers: Workers) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    workers.on_sleep = interrupt
    ended = manage(*BUILD)
    assert ended.exit == 130
    assert f"Run {_number()} goes on without you" in ended.err
    assert Run.objects.get().state == RunState.QUEUED
    assert not Run.objects.get().cancel_asked


@pytest.mark.parametrize(
    ("health", "words"),
    [
        (QueueHealth(redis_up=False, workers=0), "Redis does not answer"),
        (QueueHealth(redis_up=True, workers=0), "no worker is running"),
    ],
)
def test_nobody_waits_for_workers_that_are_not_there(
    manage: Shell, workers: Workers, health: QueueHealth, words: str
) -> None:
    workers.health = health
    waited = manage(*BUILD)
    assert waited.exit == 1
    assert waited.out == f"run {_number()}\n"
    assert words in waited.err
    assert "manage.py up" in waited.err


def test_without_wait_a_run_that_is_queued_has_worked_and_the_trouble_is_told(
    manage: Shell, workers: Workers
) -> None:
    workers.health = QueueHealth(redis_up=False, workers=0)
    ended = manage("build", "pbins", "sys-test/hello")
    assert ended.exit == 0
    assert ended.out == f"run {_number()}\n"
    assert "Redis does not answer" in ended.err


def test_workers_that_go_away_for_good_end_the_wait(manage: Shell, workers: Workers) -> None:
    def vanish(_: int) -> None:
        workers.health = QueueHealth(redis_up=True, workers=0)

    workers.on_sleep = vanish
    ended = manage(*BUILD)
    assert ended.exit == 1
    assert "stands still: no worker is running" in ended.err
    assert workers.sleeps == POLLS_PER_HEALTH_CHECK * HEALTH_CHECKS_WITH_TROUBLE - 1


def test_workers_that_are_restarted_do_not_end_the_wait(manage: Shell, workers: Workers) -> None:
    def restart(sleeps: int) -> None:
        gone = sleeps < 2 * POLLS_PER_HEALTH_CHECK
        workers.health = QueueHealth(redis_up=True, workers=0 if gone else 1)
        if sleeps == 4 * POLLS_PER_HEALTH_CHECK:
            becomes(RunState.SUCCEEDED)

    workers.on_sleep = restart
    assert manage(*BUILD).exit == 0


def test_looking_at_many_runs_is_one_query(
    repository: Repository, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    runs = [make_run(RunKind.PROBE, state=RunState.QUEUED) for _ in range(30)]
    becomes(RunState.FAILED, "Because.")
    with django_assert_num_queries(1):
        waiting._refresh(runs)
    assert {(run.state, run.reason) for run in runs} == {(RunState.FAILED, "Because.")}


def test_many_runs_end_with_their_count(
    manage: Shell, workers: Workers, repository: Repository
) -> None:
    for name in ("web1", "web2"):
        repository.channels.get().subscriptions.create(host=make_host(name))
    workers.on_sleep = lambda _: becomes(RunState.SUCCEEDED)
    ended = manage("sync", "pbins", "--all", "--wait")
    assert ended.exit == 0
    assert ended.out.splitlines()[-1] == "2 of 2 runs succeeded"


def _number() -> int:
    return Run.objects.get().pk


def _expected_number() -> int:
    """Numbers go on from test to test."""
    run = Run.objects.create(kind="probe", host=Host.objects.get())
    number = run.pk
    run.delete()
    return number + 1
