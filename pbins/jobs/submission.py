"""Putting runs on their queues. A run's row is committed before any job can look for it."""

import logging
from dataclasses import dataclass
from functools import partial
from uuid import uuid4

import django_rq
from django.db import transaction
from redis.exceptions import RedisError
from rq import Worker
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus

from pbins.jobs.queues import QueueAway, enqueue
from pbins.models import Run, RunKind

logger = logging.getLogger(__name__)
MOVE = "pbins.jobs.moving.move"
QUEUES = {
    RunKind.BUILD.value: "builds",
    RunKind.PLAN.value: "builds",
    RunKind.SYNC.value: "syncs",
    RunKind.PROVISION.value: "syncs",
    RunKind.PROBE.value: "syncs",
}
# Not STARTED: of a job that works, the run's lease tells; that of a killed worker stays started.
WAITING = {JobStatus.QUEUED, JobStatus.SCHEDULED, JobStatus.DEFERRED}
TIMEOUT_SECONDS = 6 * 3600  # of one job; a copy of many large tarballs is the longest step
FAILURE_TTL_SECONDS = 7 * 86400


@dataclass(frozen=True, slots=True)
class QueueHealth:
    """Whether runs would be moved on at all."""

    redis_up: bool
    workers: int


def submit(*runs: Run) -> None:
    """Have these runs moved on, once their rows are committed.

    When redis is away they stay queued; housekeeping submits them when it is back.
    """
    for run in runs:
        transaction.on_commit(partial(_enqueue, run.pk, run.kind))


def resubmit(run: Run) -> bool:
    """Submit a run that nobody moves, unless its last job still waits; whether that was needed."""
    connection = django_rq.get_connection(QUEUES[run.kind])
    try:
        job = Job.fetch(run.job, connection=connection) if run.job else None
    except NoSuchJobError:
        job = None
    if job is not None and job.get_status() in WAITING:
        return False
    _enqueue(run.pk, run.kind)
    return True


def queue_health() -> QueueHealth:
    """Asked for by pages and commands, so that nobody waits for a worker that is not there."""
    try:
        connection = django_rq.get_connection("builds")
        return QueueHealth(redis_up=True, workers=Worker.count(connection=connection))
    except (RedisError, OSError):
        return QueueHealth(redis_up=False, workers=0)


def _enqueue(run: int, kind: str) -> None:
    # The id is new each time: a job that submits its run again is itself not over yet.
    job = uuid4().hex
    Run.objects.filter(pk=run).update(job=job)
    try:
        enqueue(
            QUEUES[kind],
            MOVE,
            run,
            job_id=job,
            longest_seconds=TIMEOUT_SECONDS,
            failure_ttl=FAILURE_TTL_SECONDS,
        )
    except QueueAway as away:
        logger.warning("Run %s stays queued until redis is back: %s", run, away)
