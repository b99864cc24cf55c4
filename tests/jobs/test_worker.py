"""What a worker has loaded before it forks."""

from inspect import isfunction

from django.conf import settings

from pbins.jobs import cron
from pbins.jobs.delivery_asking import DELIVER
from pbins.jobs.imports import TAKE_IN
from pbins.jobs.submission import MOVE
from pbins.jobs.worker import JOBS, PortalWorker


def test_the_worker_knows_every_job_before_the_first_one() -> None:
    by_time = {job.__module__ for job in vars(cron).values() if isfunction(job)}
    when_asked = {job.rpartition(".")[0] for job in (DELIVER, MOVE, TAKE_IN)}
    assert by_time | when_asked <= {module.__name__ for module in JOBS}
    assert settings.RQ["WORKER_CLASS"] == f"{PortalWorker.__module__}.{PortalWorker.__name__}"
