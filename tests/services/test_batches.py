import pytest
from django.contrib.auth.models import User

from pbins.models import Repository, Rollout, Run, RunKind, RunState
from pbins.services.batches import (
    arrange,
    cancel_what_is_left,
    go_on,
    queue_sync_in_batches,
    release,
    retry_bad_ends,
    why_stopped,
)
from pbins.services.errors import Refused
from pbins.services.waiting import hold_host
from tests.factories import make_channel, make_host, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def repository() -> Repository:
    return make_channel().repository


@pytest.fixture
def rollout(repository: Repository) -> Rollout:
    """Five hosts, two at a time; it stops after one bad end."""
    made = Rollout.objects.create(kind=RunKind.SYNC, repository=repository)
    for number in range(5):
        host = make_host(f"web{number}")
        run = make_run(RunKind.SYNC, host=host, repository=repository, state=RunState.QUEUED)
        Run.objects.filter(pk=run.pk).update(rollout=made)
    arrange(made, size=2, stop_after=1)
    return made


def end(rollout: Rollout, batch: int, state: RunState = RunState.SUCCEEDED) -> None:
    rollout.runs.filter(batch=batch).update(state=state)


def held(rollout: Rollout) -> list[str]:
    return [run.host.name for run in rollout.runs.held_back().order_by("pk")]


def test_the_last_batch_is_what_is_left_over(rollout: Rollout) -> None:
    assert [run.batch for run in rollout.runs.order_by("pk")] == [0, 0, 1, 1, 2]
    assert rollout.batches == 3


def test_a_batch_begins_when_the_one_before_has_ended(rollout: Rollout) -> None:
    assert held(rollout) == ["web2", "web3", "web4"]
    release()
    assert held(rollout) == ["web2", "web3", "web4"]
    end(rollout, 0)
    release()
    assert held(rollout) == ["web4"]
    end(rollout, 1)
    release()
    assert held(rollout) == []


def test_what_is_held_back_says_for_what_it_waits(rollout: Rollout) -> None:
    run = rollout.runs.get(host__name="web4")
    assert not hold_host(run)
    run.refresh_from_db()
    assert run.reason == "Waits for batch 2 of 3 to end."


def test_what_is_held_back_holds_nobody_up(rollout: Rollout) -> None:
    before = rollout.runs.get(host__name="web4")
    later = make_run(
        RunKind.SYNC, host=before.host, repository=rollout.repository, state=RunState.QUEUED
    )
    assert hold_host(later)


def test_after_too_many_bad_ends_no_batch_begins_until_somebody_says_so(rollout: Rollout) -> None:
    end(rollout, 0, RunState.FAILED)
    release()
    assert held(rollout) == ["web2", "web3", "web4"]
    assert "2 of its hosts ended badly" in rollout.runs.get(host__name="web3").reason
    rollout.refresh_from_db()
    assert why_stopped(rollout)
    assert {run.host.name for run in go_on(rollout)} == {"web2", "web3"}
    assert held(rollout) == ["web4"]


def test_a_bad_end_that_was_mended_by_a_retry_does_not_count(rollout: Rollout) -> None:
    end(rollout, 0, RunState.FAILED)
    for run in rollout.runs.filter(batch=0):
        retry = make_run(RunKind.SYNC, host=run.host, repository=rollout.repository)
        Run.objects.filter(pk=retry.pk).update(rollout=rollout, retry_of=run)
    release()
    assert held(rollout) == ["web4"]


def test_what_is_left_can_be_cancelled(rollout: Rollout, admin_user: User) -> None:
    end(rollout, 0, RunState.FAILED)
    assert cancel_what_is_left(rollout, asked_by=admin_user) == 3
    assert held(rollout) == []
    assert why_stopped(rollout) == ""


@pytest.mark.parametrize(("size", "stop_after"), [(0, 0), (-1, 0), (2, -1)])
def test_nonsense_is_refused(rollout: Rollout, size: int, stop_after: int) -> None:
    with pytest.raises(Refused, match="one host at least"):
        arrange(rollout, size=size, stop_after=stop_after)


def test_a_sync_asked_for_in_batches_begins_with_the_first(repository: Repository) -> None:
    hosts = [make_host(f"db{number}") for number in range(3)]
    rollout = queue_sync_in_batches(repository=repository, hosts=hosts, size=1, asked_by=None)
    assert held(rollout) == ["db1", "db2"]


def test_to_stop_after_bad_ends_needs_batches(repository: Repository) -> None:
    with pytest.raises(Refused, match="how many at a time"):
        queue_sync_in_batches(
            repository=repository, hosts=[make_host("db")], stop_after=1, asked_by=None
        )
    assert not Rollout.objects.exists()


def test_what_ended_badly_is_retried_in_one_go(rollout: Rollout, admin_user: User) -> None:
    end(rollout, 0, RunState.FAILED)
    bad = set(rollout.runs.filter(state=RunState.FAILED))
    rollout.runs.update(channel=make_channel(rollout.repository, "followed"))
    retries = retry_bad_ends(rollout, asked_by=admin_user)
    assert {retry.retry_of for retry in retries} == bad
    assert {retry.rollout for retry in retries} == {rollout}
    with pytest.raises(Refused, match="No host ended badly"):
        retry_bad_ends(rollout, asked_by=admin_user)
