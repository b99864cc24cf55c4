"""Leases of processes that were killed."""

import subprocess
from datetime import timedelta

import pytest
from django.utils import timezone

from pbins.jobs.leases import HERE, free_what_the_dead_hold, lease
from pbins.models import Run, RunState
from tests.factories import make_run

LATER = timezone.now() + timedelta(hours=1)


@pytest.fixture
def run(db: None) -> Run:
    return make_run(state=RunState.EXECUTING)


def test_what_a_killed_process_held_is_free_at_once(run: Run) -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()
    assert run.take_lease(f"{HERE}{process.pid}:1", LATER)
    assert not Run.objects.unleased().exists()
    free_what_the_dead_hold()
    assert Run.objects.unleased().get() == run


@pytest.mark.django_db(transaction=True)
def test_what_the_living_and_other_machines_hold_is_left_to_them() -> None:
    ours, theirs = make_run(state=RunState.QUEUED), make_run(state=RunState.QUEUED)
    assert theirs.take_lease("elsewhere:1:1", LATER)
    with lease(ours) as is_ours:
        assert is_ours
        free_what_the_dead_hold()
        assert not Run.objects.unleased().exists()
