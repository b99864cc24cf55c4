"""Imports that somebody asked for at a page; one whose worker died is taken up again."""

import logging
from datetime import timedelta

from django.utils import timezone

from pbins.jobs.queues import QueueAway, enqueue
from pbins.models import FINAL_IMPORT_STATES, Import, ImportState
from pbins.services.errors import Refused
from pbins.services.places import places
from pbins.services.taking_in import take_in_unless_taken
from pbins.storage.locks import alone_or_not

logger = logging.getLogger(__name__)
TAKE_IN = "pbins.jobs.imports.take_in_one"
LONGEST = timedelta(days=1)


def take_in_one(pk: int) -> None:
    """How it went is told on its row; nothing happens while another process is at it."""
    taking = Import.objects.select_related("repository", "asked_by").get(pk=pk)
    if taking.is_final:
        return
    try:
        take_in_unless_taken(taking)
    except Refused as refusal:
        logger.info("import %s: %s", pk, refusal)


def look_after_imports() -> None:
    """Take up what nobody works at; what never ends is given up."""
    for taking in Import.objects.exclude(state__in=FINAL_IMPORT_STATES):
        with alone_or_not(places().import_lock(taking.pk)) as lock:
            if lock is None:
                continue
            if timezone.now() - taking.created_at > LONGEST:
                taking.state, taking.reason = ImportState.FAILED, "It did not end within a day."
                taking.save(update_fields=("state", "reason"))
                continue
        submit_import(taking)


def submit_import(taking: Import) -> None:
    """Have it begin soon; when redis is away it stays queued until housekeeping finds it."""
    longest = int(LONGEST.total_seconds())
    try:
        enqueue("housekeeping", TAKE_IN, taking.pk, longest_seconds=longest)
    except QueueAway as away:
        logger.warning("import %s stays queued until redis is back: %s", taking.pk, away)
