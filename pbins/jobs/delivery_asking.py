"""Asking for what was published to be taken to places elsewhere.

Apart from the job itself, so that whoever asks need not load what the job works with.
"""

import logging

from django.db import transaction

from pbins.jobs.queues import QueueAway, enqueue

logger = logging.getLogger(__name__)
DELIVER = "pbins.jobs.deliveries.deliver"
QUEUE = "deliveries"
LONGEST_SECONDS = 6 * 3600
WAITS_SECONDS = 20  # the scheduler asks again by then


def submit_deliveries() -> None:
    """Have places that are due visited soon, once what was published is committed.

    Without redis nothing happens: the scheduler asks for it every ten seconds anyway.
    """
    transaction.on_commit(_enqueue)


def _enqueue() -> None:
    try:
        enqueue(QUEUE, DELIVER, longest_seconds=LONGEST_SECONDS, ttl=WAITS_SECONDS)
    except QueueAway as away:
        logger.warning("Places elsewhere wait until redis is back: %s", away)
