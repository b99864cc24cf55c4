"""Channels of a repository: made from another one, looked up, removed."""

import re

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from pbins.models import (
    DEFAULT_CHANNEL,
    FINAL_STATES,
    Channel,
    ChannelPolicy,
    Publication,
    Repository,
    Run,
)
from pbins.services.errors import Refused
from pbins.services.indexing import index_packages
from pbins.services.moves import followers_of
from pbins.services.package_rows import Name
from pbins.services.people import asked_for
from pbins.services.places import git_of
from pbins.services.publishing import begin_channel, repository_lock
from pbins.storage.errors import StorageError

NAME = re.compile(r"(?!HEAD\Z)(?!.*\.lock\Z)[A-Za-z0-9_](?:\.?[A-Za-z0-9_-])*")
"""What a branch, an address of a page and a consumer's configuration all take as it is."""
LONGEST_NAME = 64


def create_channel(
    *, repository: Repository, name: str, source: Channel, asked_by: User | None
) -> Publication:
    """Make a channel that begins with what another one serves, whole. Raises Refused.

    One that a crash left without a publication is finished.
    """
    if len(name) > LONGEST_NAME or NAME.fullmatch(name) is None:
        raise Refused(
            f"{name or 'Nothing'} can't be the name of a channel: use letters, digits, _, - and"
            f" single dots, {LONGEST_NAME} characters at the most."
        )
    if not source.commit:
        raise Refused(f"{source} has no publication yet, so nothing can begin from it.")
    channel, is_new = Channel.objects.get_or_create(repository=repository, name=name)
    if channel.commit:
        raise Refused(f"{repository.name} already has a channel {name}.")
    try:
        return begin_channel(
            channel=channel,
            source=source,
            message=f"Begin {name} from {source.name}\n",
            by=asked_for(asked_by),
            asked_by=asked_by,
        )
    except Refused:
        if is_new:
            channel.delete()
        raise
    except StorageError as error:
        raise Refused(f"The channel could not be made: {error}.") from error


def remove_channel(*, channel: Channel) -> None:
    """Take a channel away; tarballs and the ledger stay. Raises Refused while anybody needs it."""
    if channel.name == DEFAULT_CHANNEL:
        raise Refused(f"{DEFAULT_CHANNEL} is where builds arrive; it can't be removed.")
    hosts = [host.name for host in followers_of(channel)]
    if hosts:
        raise Refused(
            f"Hosts follow {channel} ({len(hosts)}: {', '.join(hosts[:10])}). Provision them for"
            " another channel first."
        )
    with repository_lock(channel.repository), transaction.atomic():
        if Run.objects.filter(channel=channel).exclude(state__in=FINAL_STATES).exists():
            raise Refused(f"A run for {channel} has not ended; wait for it, or cancel it.")
        head = git_of(channel.repository).head(channel.name)
        left: dict[Name, list[int]] = {}
        entries = channel.entries.order_by().values_list("category", "package", "pbin__tarball")
        for category, package, tarball in entries:
            left.setdefault((category, package), []).extend([tarball] if tarball else [])
        channel.entries.all().delete()
        index_packages(channel, left, left=left)
        channel.mirrors.clear()
        ChannelPolicy.objects.filter(channel=channel).delete()
        ChannelPolicy.objects.filter(source=channel).update(source=None)
        channel.removed_at = timezone.now()
        channel.save(update_fields=("removed_at",))
        if head is not None:
            git_of(channel.repository).delete(channel.name, expected=head)
