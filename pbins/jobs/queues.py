"""Putting a job on its queue, the same way for all."""

from uuid import uuid4

import django_rq
from redis.exceptions import RedisError


class QueueAway(Exception):
    """Redis does not answer, so nothing was put on any queue."""


def enqueue(
    queue: str,
    job: str,
    *arguments: object,
    longest_seconds: int,
    job_id: str = "",
    **limits: int,
) -> None:
    """Have a worker call ``job``, a function's full name: whoever asks need not load its module.

    The job's id is new each time unless one was chosen. ``limits`` are rq's own, in seconds:
    ``ttl``, ``failure_ttl``. Raises QueueAway.
    """
    try:
        django_rq.get_queue(queue).enqueue(
            job,
            args=arguments,
            job_id=job_id or uuid4().hex,
            job_timeout=longest_seconds,
            result_ttl=0,
            **limits,
        )
    except (RedisError, OSError) as error:
        raise QueueAway(f"Redis does not answer: {error}") from error
