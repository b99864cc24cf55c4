"""A run's life: guarded transitions, one run a host, one mover a run."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from pbins.models import FINAL_STATES, Run, RunKind, RunMoved, RunState
from tests.factories import make_host, make_run

pytestmark = pytest.mark.django_db


def test_a_transition_is_stored_with_its_reason_and_times() -> None:
    run = make_run(state=RunState.QUEUED)
    run.move(RunState.STARTING)
    started = run.started_at
    run.move(RunState.EXECUTING, command="cave resume")
    run.move(RunState.FAILED, reason="No.", exit_status=1)
    stored = Run.objects.get()
    assert (stored.state, stored.reason, stored.exit_status) == (RunState.FAILED, "No.", 1)
    assert (stored.command, stored.started_at) == ("cave resume", started)
    assert stored.finished_at is not None
    assert stored.is_final


def test_who_is_late_moves_nothing() -> None:
    run = make_run(state=RunState.QUEUED)
    late = Run.objects.get()
    run.move(RunState.CANCELLED, reason="Cancelled.")
    with pytest.raises(RunMoved):
        late.move(RunState.STARTING)
    stored = Run.objects.get()
    assert (stored.state, stored.reason) == (RunState.CANCELLED, "Cancelled.")
    assert late.state == RunState.QUEUED


HOLDING = (
    RunState.STARTING,
    RunState.PLANNING,
    RunState.EXECUTING,
    RunState.COLLECTING,
    RunState.PUBLISHING,
)


@pytest.mark.parametrize("state", HOLDING)
def test_one_run_at_a_time_holds_a_host(state: RunState) -> None:
    host = make_host()
    make_run(host=host, state=state)
    waiting = make_run(RunKind.SYNC, host=host, state=RunState.QUEUED)
    with pytest.raises(IntegrityError), transaction.atomic():
        waiting.move(RunState.STARTING)
    assert Run.objects.get(pk=waiting.pk).state == RunState.QUEUED


@pytest.mark.parametrize("state", [RunState.QUEUED, RunState.CONFIRMING, *FINAL_STATES])
def test_who_waits_or_has_ended_holds_no_host(state: RunState) -> None:
    host = make_host()
    make_run(host=host, state=state)
    make_run(host=host, state=RunState.QUEUED).move(RunState.STARTING)


def test_a_probe_holds_no_host_and_other_hosts_are_free() -> None:
    host = make_host()
    make_run(host=host, state=RunState.EXECUTING)
    make_run(RunKind.PROBE, host=host, state=RunState.QUEUED).move(RunState.STARTING)
    make_run(host=make_host("other"), state=RunState.QUEUED).move(RunState.STARTING)


def test_a_lease_has_one_owner_until_it_is_over() -> None:
    run = make_run(state=RunState.STARTING)
    later, past = timezone.now() + timedelta(minutes=1), timezone.now() - timedelta(minutes=1)
    assert run.take_lease("one", later)
    assert not run.take_lease("two", later)
    assert run.take_lease("one", past)
    assert run.take_lease("two", later)
    run.drop_lease("one")
    assert not run.take_lease("three", later)
    run.drop_lease("two")
    assert run.take_lease("three", later)


def test_what_a_run_has_none_of_is_not_made_up() -> None:
    run = make_run(RunKind.PROBE)
    with pytest.raises(ValueError, match="no repository"):
        _ = run.home
    with pytest.raises(ValueError, match="no channel"):
        _ = run.target
