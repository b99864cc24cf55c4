"""Rollouts in batches: the next one begins when the one before it has ended, and ended well enough.

What is held back holds nobody up: neither its host nor other runs wait for it.
"""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F

from pbins.models import Host, Repository, Rollout, Run, RunState
from pbins.models.run_state import BAD_ENDS
from pbins.services.errors import Refused
from pbins.services.queueing import Asker, queue_sync, retry_run
from pbins.services.runs import cancel_run


@transaction.atomic
def queue_sync_in_batches(
    *,
    repository: Repository,
    hosts: Sequence[Host],
    install: Sequence[str] = (),
    size: int | None = None,
    stop_after: int | None = None,
    asked_by: Asker,
) -> Rollout:
    """One sync per host, ``size`` hosts at a time; without a size, all at once."""
    rollout = queue_sync(repository=repository, hosts=hosts, install=install, asked_by=asked_by)
    if size is not None:
        arrange(rollout, size=size, stop_after=stop_after or 0)
    elif stop_after:
        raise Refused("To stop after bad ends there have to be batches: say how many at a time.")
    return rollout


def arrange(rollout: Rollout, *, size: int, stop_after: int = 0) -> None:
    """Divide the runs of a new rollout; ``stop_after`` so many bad ends no batch begins; 0: never.

    Raises Refused for what is no number of hosts.
    """
    if size < 1 or stop_after < 0:
        raise Refused("A batch has one host at least; leave it empty to sync all at once.")
    runs = list(rollout.runs.order_by("pk"))
    count = -(-len(runs) // size)
    for number, run in enumerate(runs):
        run.batch = number // size
        if run.batch:
            run.reason = f"Waits for batch {run.batch} of {count} to end."
    Run.objects.bulk_update(runs, ("batch", "reason"), batch_size=200)
    rollout.batches, rollout.stop_after = count, stop_after
    rollout.save(update_fields=("batches", "stop_after"))


def release() -> None:
    """Let the next batch of every rollout begin whose last one has ended, unless it has to stop."""
    for rollout in Rollout.objects.filter(runs__in=Run.objects.held_back()).distinct():
        last = rollout.runs.filter(retries=None, batch__lte=rollout.batch)
        if last.unfinished().exists():
            continue
        if reason := why_stopped(rollout):
            rollout.runs.held_back().update(reason=reason)
            continue
        Rollout.objects.filter(pk=rollout.pk, batch=rollout.batch).update(batch=F("batch") + 1)


def why_stopped(rollout: Rollout) -> str:
    """A sentence when too many hosts ended badly for the next batch; otherwise empty."""
    if not rollout.stop_after or not rollout.runs.held_back().exists():
        return ""
    bad = rollout.runs.filter(retries=None, state__in=BAD_ENDS).count()
    if bad < rollout.stop_after:
        return ""
    return (
        f"The rollout has stopped: {bad} of its hosts ended badly. Retry those, let it go on"
        " regardless, or cancel what is left."
    )


def go_on(rollout: Rollout) -> list[Run]:
    """Regardless of how many hosts end badly; the runs that begin by that."""
    Rollout.objects.filter(pk=rollout.pk).update(stop_after=0)
    held_back = set(rollout.runs.held_back().values_list("pk", flat=True))
    release()
    still = set(rollout.runs.held_back().values_list("pk", flat=True))
    return list(rollout.runs.filter(pk__in=held_back - still))


@transaction.atomic
def retry_bad_ends(rollout: Rollout, *, asked_by: Asker) -> list[Run]:
    """Once more on every host whose last run ended badly; the runs that do it.

    Raises Refused, and does nothing, when none did or one of them can't be run again.
    """
    bad = list(rollout.runs.filter(retries=None, state__in=BAD_ENDS).order_by("pk"))
    if not bad:
        raise Refused("No host ended badly; there is nothing to retry.")
    return [retry_run(run=run, asked_by=asked_by) for run in bad]


def cancel_what_is_left(rollout: Rollout, *, asked_by: User) -> int:
    """Cancel the runs that have not begun; how many those were."""
    waiting = list(rollout.runs.filter(state=RunState.QUEUED))
    for run in waiting:
        cancel_run(run=run, asked_by=asked_by)
    return len(waiting)
