"""Runs on their queues: after the commit, never twice, and never lost with redis."""

from datetime import timedelta

import django_rq
import pytest
from django.db import transaction
from django.utils import timezone
from rq.job import JobStatus

from pbins.jobs.housekeeping import look_after_runs
from pbins.jobs.submission import queue_health, resubmit, submit
from pbins.models import Run, RunKind, RunState
from tests.factories import make_run
from tests.jobs.conftest import Redis, waiting_jobs


def queued(kind: RunKind = RunKind.BUILD) -> Run:
    return make_run(kind, state=RunState.QUEUED)


@pytest.mark.parametrize(
    ("kind", "queue"),
    [
        (RunKind.BUILD, "builds"),
        (RunKind.SYNC, "syncs"),
        (RunKind.PROVISION, "syncs"),
        (RunKind.PROBE, "syncs"),
    ],
)
def test_each_kind_has_its_queue(redis: Redis, kind: RunKind, queue: str) -> None:
    run = queued(kind)
    submit(run)
    assert waiting_jobs() == [(queue, run.pk)]


def test_nothing_is_queued_before_its_row_is_committed(redis: Redis) -> None:
    with transaction.atomic():
        run = queued()
        submit(run)
        assert waiting_jobs() == []
    assert waiting_jobs() == [("builds", run.pk)]


def test_nothing_is_queued_for_a_row_that_was_rolled_back(redis: Redis) -> None:
    with transaction.atomic():
        submit(queued())
        transaction.set_rollback(True)
    assert waiting_jobs() == []


def test_without_redis_a_run_stays_queued_and_is_picked_up_when_it_is_back(redis: Redis) -> None:
    redis.stop()
    run = queued()
    submit(run)
    run.refresh_from_db()
    assert run.state == RunState.QUEUED
    redis.start()
    look_after_runs()
    assert waiting_jobs() == [("builds", run.pk)]


def test_the_health_of_the_queue_is_told_whatever_it_is(redis: Redis) -> None:
    assert (queue_health().redis_up, queue_health().workers) == (True, 0)
    redis.stop()
    assert queue_health().redis_up is False


def test_a_run_that_waits_on_its_queue_is_not_submitted_again(redis: Redis) -> None:
    run = queued()
    submit(run)
    run.refresh_from_db()
    assert not resubmit(run)
    look_after_runs()
    assert waiting_jobs() == [("builds", run.pk)]


def test_a_run_whose_queue_was_lost_is_submitted_again(redis: Redis) -> None:
    run = queued()
    submit(run)
    django_rq.get_connection("builds").flushall()
    look_after_runs()
    assert waiting_jobs() == [("builds", run.pk)]


def test_a_run_whose_worker_was_killed_is_submitted_again_once_its_lease_is_over(
    redis: Redis,
) -> None:
    """The job of a killed worker counts as started until redis forgets it, minutes later."""
    run = queued()
    submit(run)
    run.refresh_from_db()
    queue = django_rq.get_queue("builds")
    job = queue.fetch_job(run.job)
    assert job is not None
    queue.remove(job)
    job.set_status(JobStatus.STARTED)
    Run.objects.update(state=RunState.COLLECTING, lease="dead", leased_until=timezone.now())
    look_after_runs()
    assert waiting_jobs() == [("builds", run.pk)]


def test_a_run_that_somebody_moves_is_left_alone(redis: Redis) -> None:
    run = queued()
    run.move(RunState.STARTING)
    assert run.take_lease("somebody", timezone.now() + timedelta(seconds=30))
    look_after_runs()
    assert waiting_jobs() == []


@pytest.mark.parametrize("state", [RunState.CONFIRMING, RunState.SUCCEEDED, RunState.EXECUTING])
def test_who_waits_for_a_person_has_ended_or_is_followed_is_left_alone(
    redis: Redis, state: RunState
) -> None:
    make_run(state=state)
    look_after_runs()
    assert waiting_jobs() == []
