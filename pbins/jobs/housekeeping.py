"""What is looked after all the time, so that no run is forgotten and no crash leaves a mess."""

import logging

from django.db.models import Q

from pbins.jobs.leases import free_what_the_dead_hold
from pbins.jobs.submission import resubmit
from pbins.models import FindingKind, PublicationState, Repository, Run, RunState
from pbins.services.addresses import publish_addresses
from pbins.services.batches import release
from pbins.services.canaries import promote_by_policies
from pbins.services.own_trouble import is_due
from pbins.services.publishing import repository_lock, settle_publications
from pbins.services.troubles import EXPECTED, PUBLICATIONS, noted
from pbins.services.waiting import next_in_line

logger = logging.getLogger(__name__)


def look_after_runs() -> None:
    """Submit every run that nobody moves: its job died, redis was away, or its host is free now.

    Work that goes on on a host is the follower's to look after.
    """
    free_what_the_dead_hold()
    release()
    unmoved = Run.objects.moving().unleased().exclude(pk__in=Run.objects.held_back().values("pk"))
    followed = Run.objects.followed().values("pk")
    begun = unmoved.exclude(state=RunState.QUEUED).exclude(pk__in=followed)
    due = [run for run in begun if is_due(run)]
    queued = next_in_line(unmoved.filter(state=RunState.QUEUED))
    for run in [*due, *queued]:
        if resubmit(run):
            logger.info("run %s was not being moved; submitted again", run.pk)


def look_after_publications() -> None:
    """Settle what a crash left, promote by policy, and let hosts know where the portal is now."""
    settle_all_publications()
    for policy in promote_by_policies():
        logger.info("promoted %s to %s by policy", policy.source, policy.channel)
    publish_addresses()


def settle_all_publications() -> None:
    """Finish or forget what a crash left between commit and catalogue.

    A repository in which that can't be done says so on its page, and keeps no other waiting.
    """
    left = Q(publications__state=PublicationState.PREPARED)
    told = Q(findings__kind=FindingKind.TROUBLE, findings__what=PUBLICATIONS)
    unsettled = Repository.objects.filter(left | told & Q(findings__settled_at=None))
    for repository in unsettled.distinct():
        try:
            with noted(repository, PUBLICATIONS), repository_lock(repository):
                settle_publications(repository)
        except EXPECTED:
            logger.exception("settling the publications of %s", repository)
