"""What hosts could take from the channels that they follow, and have not."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet

from pbins.models import Installed, Spread, Subscription

_NOT_OUTDATED = ("", "", "")
"""A name, a version and its key: no version is older than that."""


@dataclass(frozen=True, slots=True)
class Update:
    """A version that a host has, and the newest of its slot that the channel serves."""

    name: str
    installed: str
    served: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A host that is behind: it has not synced the channel's head, or not installed from it."""

    subscription: Subscription
    updates: tuple[Update, ...]

    @property
    def since(self) -> datetime | None:
        """When the channel came to where the host is not yet."""
        return self.subscription.channel.moved_at


def followers(tag: str = "") -> QuerySet[Subscription]:
    """Subscriptions of the hosts with that tag, or of all, to channels that hold something."""
    found = Subscription.objects.exclude(channel__commit="")
    return found.filter(host__tags__name=tag) if tag else found


def state_of(followed: QuerySet[Subscription]) -> tuple[str, datetime | None]:
    """Another text whenever something pending may have changed, and when that was last."""
    found = followed.order_by().aggregate(
        count=Count("pk"), synced=Max("synced_at"), moved=Max("channel__moved_at")
    )
    times = [at for at in (found["synced"], found["moved"]) if at is not None]
    marks = (str(int(at.timestamp() * 1_000_000)) for at in times)
    return "-".join([str(found["count"]), *marks]), max(times, default=None)


def behind(followed: QuerySet[Subscription]) -> QuerySet[Subscription]:
    """Those with something pending, those of the channel that moved last first.

    That a host has not synced is seen at a glance; only of the others is looked up what they have.
    """
    older = Installed.objects.filter(
        subscription=OuterRef("pk"),
        package__spreads__channel=OuterRef("channel"),
        package__spreads__is_outdated=True,
        package__spreads__slot=F("slot"),
        package__spreads__served_key__gt=F("version_key"),
    )
    waiting = followed.filter(~Q(commit=F("channel__commit")) | Exists(older))
    return waiting.order_by("-channel__moved_at", "host__name", "pk")


def pending(waiting: QuerySet[Subscription]) -> list[Pending]:
    """What each of them could take, in their order; three queries."""
    subscriptions = list(waiting.select_related("host", "channel__repository").defer("installed"))
    updates = _updates(subscriptions)
    return [
        Pending(one, tuple(sorted(updates[one.pk], key=lambda update: update.name)))
        for one in subscriptions
    ]


def _updates(subscriptions: Sequence[Subscription]) -> dict[int, list[Update]]:
    """By subscription; read as columns, for models would take most of the time."""
    channels = {one.pk: one.channel_id for one in subscriptions}
    outdated = Spread.objects.filter(channel__in=set(channels.values()), is_outdated=True)
    served = {
        (channel, package, slot): (name, newest, key)
        for channel, package, slot, name, newest, key in outdated.values_list(
            "channel", "package", "slot", "package__name", "served", "served_key"
        )
    }
    installed = Installed.objects.filter(subscription__in=channels).order_by()
    found: dict[int, list[Update]] = defaultdict(list)
    for subscription, package, slot, version, key in installed.values_list(
        "subscription", "package", "slot", "version", "version_key"
    ):
        name, newest, newest_key = served.get(
            (channels[subscription], package, slot), _NOT_OUTDATED
        )
        if key < newest_key:
            found[subscription].append(Update(name, version, newest))
    return found
