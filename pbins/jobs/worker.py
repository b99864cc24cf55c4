"""The worker that ``manage.py rqworker`` runs: each job is a fork of it."""

from rq import Worker

from pbins.jobs import (
    deliveries,
    downloads,
    health,
    housekeeping,
    imports,
    lists,
    logs,
    moving,
    sources,
    statistics,
)

JOBS = (
    deliveries,
    downloads,
    health,
    housekeeping,
    imports,
    lists,
    logs,
    moving,
    sources,
    statistics,
)


class PortalWorker(Worker):
    """Has loaded every job before it forks for one, or each would load its modules by itself."""
