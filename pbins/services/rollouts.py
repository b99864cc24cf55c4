"""Rollouts of provisioning: one run for every host that has to do with a repository."""

from collections.abc import Sequence

from django.db import transaction

from pbins.models import Channel, Host, Repository, Rollout, RunKind
from pbins.services.errors import Refused
from pbins.services.queueing import Asker, queue_provision


def provisionable_hosts(repository: Repository) -> list[Host]:
    """Its builders, and every consumer that is not drained. Raises Refused when there is none."""
    consumers = Host.objects.consumers().filter(drained=False)
    hosts = list((repository.builders.all() | consumers).distinct())
    if not hosts:
        raise Refused(
            f"{repository.name} has no builder and there is no consumer; add a host first."
        )
    return hosts


@transaction.atomic
def queue_provisions(
    *,
    repository: Repository,
    hosts: Sequence[Host],
    asked_by: Asker,
    dry_run: bool = False,
    channel: Channel | None = None,
) -> Rollout:
    """Provision these hosts; what is refused for one is queued for none."""
    rollout = Rollout.objects.create(
        kind=RunKind.PROVISION, repository=repository, asked_by=asked_by
    )
    for host in hosts:
        run = queue_provision(
            repository=repository, host=host, asked_by=asked_by, dry_run=dry_run, channel=channel
        )
        run.rollout = rollout
        run.save(update_fields=("rollout",))
    return rollout
