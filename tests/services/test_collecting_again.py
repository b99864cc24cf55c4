"""What a run has built is not lost with the run: it waits, or is collected by another one."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from pbins.models import Entry, Host, Repository, Run, RunEvent, RunKind, RunState, StepState
from pbins.services import own_trouble, runs
from pbins.services.collecting_again import collect_again, why_not_collectable
from pbins.services.errors import Refused
from pbins.services.following import Watch
from pbins.services.logs import log_size
from pbins.services.own_trouble import is_due, wait_for_ourselves
from pbins.services.places import git_of
from pbins.services.publishing import move_channel
from pbins.services.queueing import queue_build
from pbins.services.runs import advance
from pbins.storage.errors import GitError
from pbins.storage.git import GitRepository
from tests.factories import make_run
from tests.fleets import Lab, drive, eventually, step_states
from tests.releases import commit_message

WORDS = "“Collect again” on this page, or manage.py run collect"
INKWELL = "sys-libs/inkwell-6.4"


def build(repository: Repository, *specs: str) -> Run:
    return queue_build(repository=repository, specs=specs, asked_by=None)


def served() -> list[str]:
    return sorted(f"{entry.name}-{entry.version}" for entry in Entry.objects.served())


def is_in(run: Run, state: RunState) -> Callable[[], bool]:
    return lambda: Run.objects.get(pk=run.pk).state == state


def git_fails(*_: object, **__: object) -> None:
    raise GitError("fast-import", 128, "Unable to create index.lock")


def disk_fails(*_: object, **__: object) -> None:
    raise OSError(5, "Input/output error")


@pytest.fixture
def lost(lab: Lab, builder: Host, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run whose builder went away for good when all was built; it is back by now."""
    run = build(repository, "sys-libs/inkwell")
    drive(run, until=is_in(run, RunState.COLLECTING))
    lab["forge"].down()
    with monkeypatch.context() as impatient:
        impatient.setattr(runs, "PATIENCE", 1)
        drive(run)
    lab["forge"].up()
    return run


def test_a_run_that_is_lost_with_all_it_made_says_how_to_have_it(lost: Run) -> None:
    assert lost.state == RunState.LOST
    assert "not answered for too long" in lost.reason
    assert f"{WORDS} {lost.pk}" in lost.reason
    assert served() == []


def test_what_a_lost_run_has_made_is_collected_by_another(
    lost: Run, builder: Host, repository: Repository
) -> None:
    again = drive(collect_again(run=lost, asked_by=None))
    assert (again.state, again.reason) == (RunState.SUCCEEDED, "1 published.")
    assert served() == [INKWELL]
    assert step_states(again) == step_states(lost)
    publication = again.publications.get()
    assert publication.sources.keys() == {"arbor"}
    built = f"Built by run {lost.pk}, collected by run {again.pk}."
    assert built in commit_message(publication)
    assert "Built on forge." in publication.message
    assert log_size(again) == 0
    for run in (lost, again):
        with pytest.raises(Refused, match="has been taken in"):
            collect_again(run=run, asked_by=None)


def test_one_that_collects_again_may_be_lost_as_well(
    lab: Lab, lost: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = collect_again(run=lost, asked_by=None)
    drive(second, until=is_in(second, RunState.COLLECTING))
    lab["forge"].down()
    with monkeypatch.context() as impatient:
        impatient.setattr(runs, "PATIENCE", 1)
        drive(second)
    assert second.state == RunState.LOST
    lab["forge"].up()
    third = drive(collect_again(run=second, asked_by=None))
    assert (third.state, third.reason) == (RunState.SUCCEEDED, "1 published.")


def test_a_run_that_was_lost_at_work_is_collected_when_the_work_is_over(
    lab: Lab, builder: Host, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = build(repository, "sys-libs/inkwell", "app-misc/held")
    drive(run, until=lab.waiting.exists)
    lab["forge"].down()
    with monkeypatch.context() as impatient:
        impatient.setattr(runs, "PATIENCE", 1)
        drive(run)
    assert run.state == RunState.LOST
    assert WORDS in run.reason
    lab["forge"].up()
    again = drive(collect_again(run=run, asked_by=None))
    assert again.state == RunState.QUEUED
    assert again.reason == f"Waits: forge is in use by run {run.pk}, whose work goes on there."
    lab.gate.touch()
    assert eventually(lambda: drive(again).is_final)
    assert (again.state, again.reason) == (RunState.SUCCEEDED, "2 published.")
    assert {state for _, _, state in step_states(again)} == {"succeeded"}
    assert INKWELL in served()


def test_what_the_host_has_forgotten_is_told_so(
    lab: Lab, lost: Run, repository: Repository
) -> None:
    (lab["forge"].directory / "var/lib/pbins-portal").rename(lab["forge"].directory / "gone")
    again = drive(collect_again(run=lost, asked_by=None))
    assert again.state == RunState.FAILED
    assert f"What run {lost.pk} did is not known on forge any more" in again.reason


@pytest.mark.parametrize("fails", [git_fails, disk_fails])
def test_trouble_of_our_own_is_waited_for(
    builder: Host,
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    fails: Callable[..., None],
) -> None:
    run = build(repository, "sys-libs/inkwell")
    drive(run, until=is_in(run, RunState.COLLECTING))
    with monkeypatch.context() as broken:
        broken.setattr(GitRepository, "commit", fails)
        while not run.reason.startswith("Waits for the portal's own storage"):
            assert advance(run, Watch()) is not None
            run.refresh_from_db()
        assert "tries again in 10 s: " in run.reason
        assert advance(run, Watch()) == 20
    drive(run)
    assert (run.state, run.reason) == (RunState.SUCCEEDED, "1 published.")
    assert run.publications.count() == 1


def test_trouble_of_our_own_that_does_not_pass_ends_the_run_and_loses_nothing(
    builder: Host, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = build(repository, "sys-libs/inkwell")
    with monkeypatch.context() as broken:
        broken.setattr(own_trouble, "TRIES", 2)
        broken.setattr(GitRepository, "commit", git_fails)
        drive(run)
    assert run.state == RunState.LOST
    assert "index.lock" in run.reason
    assert WORDS in run.reason
    again = drive(collect_again(run=run, asked_by=None))
    assert (again.state, served()) == (RunState.SUCCEEDED, [INKWELL])


def test_what_a_person_has_taken_back_since_does_not_come_again(
    builder: Host, repository: Repository
) -> None:
    run = drive(build(repository, "sys-libs/inkwell"))
    master = repository.channels.get()
    pbin = Entry.objects.get().pbin
    head = git_of(repository).head("master") or ""
    move_channel(channel=master, expected=head, arrivals=[], removed=[pbin], message="Remove")
    Run.objects.filter(pk=run.pk).update(state=RunState.COLLECTING, finished_at=None)
    drive(run)
    assert run.state == RunState.SUCCEEDED
    assert served() == []


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"state": RunState.COLLECTING}, "is still collecting"),
        ({"state": RunState.LOST}, "has executed nothing"),
        ({"state": RunState.LOST, "command": "x", "kind": RunKind.SYNC}, "has executed nothing"),
        ({"state": RunState.SUCCEEDED, "command": "cave resume"}, "has been taken in"),
        ({"state": RunState.FAILED, "command": "cave resume"}, "has been taken in"),
    ],
)
def test_others_have_nothing_to_be_collected(
    repository: Repository, values: dict[str, str], why: str
) -> None:
    run = make_run(repository=repository)
    Run.objects.filter(pk=run.pk).update(**values)
    run.refresh_from_db()
    run.steps.create(number=1, action="create_binary", state=StepState.FAILED)
    assert why in why_not_collectable(run)


def test_the_waits_between_tries_grow(repository: Repository) -> None:
    run = make_run(repository=repository, state=RunState.PUBLISHING)
    assert is_due(run)
    waits = []
    for _ in range(7):
        waits.append(wait_for_ourselves(run, GitError("x", 1, "y")))
        run.refresh_from_db()
    assert waits == [10, 20, 40, 80, 160, 300, 300]
    assert not is_due(run)
    RunEvent.objects.update(at=timezone.now() - timedelta(seconds=301))
    assert is_due(run)
