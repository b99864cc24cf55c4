"""Taking what was published to places elsewhere: at once, and again until it is there.

One job visits whatever is due. It has a queue, and a worker, of its own: a place that is slow
keeps nobody waiting but the other places.
"""

import logging
from uuid import uuid4

import django_rq
from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError

from pbins.models import Remote
from pbins.services.remotes import is_remote_due, push_remote

logger = logging.getLogger(__name__)
QUEUE = "deliveries"
LONGEST_SECONDS = 6 * 3600
WAITS_SECONDS = 20  # the scheduler asks again by then


def deliver() -> None:
    """Visit every place that is due; how each visit went is told on its row."""
    now = timezone.now()
    for remote in Remote.objects.filter(is_enabled=True).select_related("repository"):
        if is_remote_due(remote, now):
            push_remote(remote)


def submit_deliveries() -> None:
    """Have that done soon, once what was published is committed; the scheduler asks anyway."""
    transaction.on_commit(_enqueue)


def _enqueue() -> None:
    try:
        django_rq.get_queue(QUEUE).enqueue(
            deliver,
            job_id=uuid4().hex,
            job_timeout=LONGEST_SECONDS,
            ttl=WAITS_SECONDS,
            result_ttl=0,
        )
    except (RedisError, OSError) as error:
        logger.warning("Places elsewhere wait until redis is back: %s", error)
