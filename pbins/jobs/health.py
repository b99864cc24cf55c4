"""Scrubs, repairs and the trash, at their times and when a person asks for them."""

import logging
from collections.abc import Callable

from django.contrib.auth.models import User

from pbins.jobs.queues import QueueAway, enqueue
from pbins.jobs.submission import submit
from pbins.models import Entry, Finding, FindingKind, Repository
from pbins.services.builder_checks import check_builders, check_builders_if_due
from pbins.services.builder_cleaning import clean_builders
from pbins.services.cleaning import clean
from pbins.services.disk_usage import take_samples
from pbins.services.errors import Refused
from pbins.services.lag import take_lag_samples
from pbins.services.repairing import Repair, repair
from pbins.services.retaking import take_entry_again
from pbins.services.scrubbing import scrub, scrub_if_due
from pbins.services.tidying import tidy
from pbins.services.trashing import empty_trash, restore
from pbins.services.troubles import (
    BUILDERS,
    CLEANING,
    EXPECTED,
    RESTORING,
    TIDYING,
    TRASH,
    noted,
)

logger = logging.getLogger(__name__)
TOLD = 20
LONGEST_SECONDS = 24 * 3600  # of one scrub; a terabyte takes hours


def scrub_what_is_due() -> None:
    """Every repository once a day, and then its builders.

    What fails for one does not keep the others waiting; its own page tells it.
    """
    for repository in Repository.objects.all():
        try:
            if scrub_if_due(repository):
                logger.info("scrubbed %s", repository)
        except EXPECTED:
            logger.exception("scrubbing %s", repository)
    for repository in Repository.objects.all():
        _do(_look_at_builders, repository, BUILDERS)


def clean_all() -> None:
    """Every repository that cleans by itself, and then everybody's trash.

    What fails for one does not keep the others waiting; its own page tells it.
    """
    for repository in Repository.objects.filter(clean_daily=True):
        _do(_clean, repository, CLEANING)
    for repository in Repository.objects.all():
        _do(_empty_trash, repository, TRASH)
        _do(_tidy, repository, TIDYING)


def _do(act: Callable[[Repository], None], repository: Repository, name: str) -> None:
    try:
        with noted(repository, name):
            act(repository)
    except EXPECTED:
        logger.exception("%s: %s", repository, name)


def _look_at_builders(repository: Repository) -> None:
    for trouble in check_builders_if_due(repository):
        logger.warning("%s", trouble)


def _clean(repository: Repository) -> None:
    done = clean(repository=repository)
    logger.info("cleaned %s: %s bytes to the trash", repository, done.size)


def _empty_trash(repository: Repository) -> None:
    for row in empty_trash(repository):
        logger.info("deleted %s from the trash of %s", row, repository)


def _tidy(repository: Repository) -> None:
    tidied = tidy(repository)
    logger.info("tidied %s: %s bytes, %s", repository, tidied.size, tidied.withheld)


def sample_disks() -> None:
    take_samples()


def sample_lag() -> None:
    take_lag_samples()


def scrub_repository(repository: int, full: bool) -> None:
    scrub(repository=Repository.objects.get(pk=repository), full=full)


def look_at_builders(repository: int) -> None:
    for trouble in check_builders(Repository.objects.get(pk=repository)):
        logger.warning("%s", trouble)


def clean_builders_of(repository: int, kind: str) -> None:
    """What came of it is told on each finding."""
    done = clean_builders(
        repository=Repository.objects.get(pk=repository), kinds=[FindingKind(kind)]
    )
    logger.info("%s files removed from builders, %s left alone", len(done.gone), len(done.left))


def submit_clean_builders(repository: Repository, kind: FindingKind) -> None:
    """Have all findings of a kind cleaned up soon. Raises Refused when no queue is there."""
    _enqueue("pbins.jobs.health.clean_builders_of", repository.pk, kind.value)


def repair_finding(finding: int, how: str, asked_by: int) -> None:
    """What came of it, good or bad, is told on the finding."""
    found = Finding.objects.select_related("repository").get(pk=finding)
    try:
        run = repair(finding=found, how=Repair(how), asked_by=User.objects.get(pk=asked_by))
    except Refused as refusal:
        logger.info("finding %s was not repaired: %s", finding, refusal)
        return
    if run is not None:
        submit(run)


def take_again(entry: int, asked_by: int) -> None:
    """What kept it from being taken is told on the repository's page."""
    wanted = Entry.objects.with_files().get(pk=entry)
    person = User.objects.get(pk=asked_by)

    def take(_: Repository) -> None:
        take_entry_again(entry=wanted, asked_by=person)

    _do(take, wanted.channel.repository, f"take {wanted.pbin} again")


def submit_take_again(entry: Entry, asked_by: User) -> None:
    """Have its tarball taken again soon. Raises Refused when no queue is there."""
    _enqueue("pbins.jobs.health.take_again", entry.pk, asked_by.pk)


def restore_trash(repository: int) -> None:
    """Everything that is in it; what stays is told on the repository's page."""
    _do(_restore, Repository.objects.get(pk=repository), RESTORING)


def _restore(repository: Repository) -> None:
    left = restore(repository=repository).left
    if left:
        lines = [f"{name} stays in the trash: {why}" for name, why in left.items()]
        raise Refused("; ".join(lines[:TOLD]) + ("; …" if len(lines) > TOLD else "."))


def submit_restore(repository: Repository) -> None:
    """Have all of the trash put back soon. Raises Refused when no queue is there."""
    _enqueue("pbins.jobs.health.restore_trash", repository.pk)


def submit_scrub(repository: Repository, *, full: bool) -> None:
    """Have a scrub begin soon. Raises Refused when no queue is there."""
    _enqueue("pbins.jobs.health.scrub_repository", repository.pk, full)


def submit_look_at_builders(repository: Repository) -> None:
    """Have somebody look soon for what lies about there. Raises Refused when no queue is there."""
    _enqueue("pbins.jobs.health.look_at_builders", repository.pk)


def submit_repair(finding: Finding, how: Repair, asked_by: User) -> None:
    """Have a repair begin soon. Raises Refused when no queue is there."""
    finding.attempt = f"Asked for by {asked_by}: {how}."
    finding.save(update_fields=("attempt",))
    _enqueue("pbins.jobs.health.repair_finding", finding.pk, how.value, asked_by.pk)


def _enqueue(job: str, *arguments: object) -> None:
    try:
        enqueue("housekeeping", job, *arguments, longest_seconds=LONGEST_SECONDS)
    except QueueAway as away:
        raise Refused("Redis does not answer, so nobody could begin. Try again later.") from away
