"""What hosts could take from the channels that they follow, and have not."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Case, Count, F, Max, Q, QuerySet, When

from pbins.models import Installed, Spread, Subscription

ORDER = ("-channel__moved_at", "host__name", "pk")
LOOKED_AT_FIRST = 25
"""Hosts; where many are behind, these suffice."""
FEW = 200
"""Packages; so few are looked up by their keys, more are found among all that a host has."""
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


def pending(
    followed: QuerySet[Subscription], *, after: int | None = None, most: int | None = None
) -> list[Pending]:
    """Those with something pending, those of the channel that moved last first.

    ``most`` of them at the most, which come after the subscription with the key ``after``. Raises
    ValueError if that is not among those followed. Where many are behind, only a few are looked at.
    """
    rows = list(followed.order_by(*ORDER).values_list("pk", "channel", _is_synced()))
    start = 1 + [pk for pk, _, _ in rows].index(after) if after is not None else 0
    waiting: list[int] = []
    updates: dict[int, list[Update]] = {}
    for part in (rows[start : start + LOOKED_AT_FIRST], rows[start + LOOKED_AT_FIRST :]):
        if most is not None and len(waiting) >= most:
            break
        updates |= _updates({pk: channel for pk, channel, _ in part})
        waiting += (pk for pk, _, is_synced in part if not is_synced or pk in updates)
    return _pending(waiting[:most], updates)


def _is_synced() -> Case:
    here = Q(commit=F("channel__commit"))
    return Case(When(here, then=True), default=False, output_field=BooleanField())


def _pending(keys: Sequence[int], updates: Mapping[int, Sequence[Update]]) -> list[Pending]:
    found = Subscription.objects.select_related("host", "channel__repository").defer("installed")
    rows = found.in_bulk(keys)
    return [
        Pending(rows[key], tuple(sorted(updates.get(key, ()), key=lambda update: update.name)))
        for key in keys
        if key in rows
    ]


def _updates(channels: Mapping[int, int]) -> dict[int, list[Update]]:
    """By subscription, of those given with their channels; read as columns, which is quicker.

    Only what a channel serves newer versions of is looked for on hosts.
    """
    outdated = Spread.objects.filter(channel__in=set(channels.values()), is_outdated=True)
    served = {
        (channel, package, slot): (name, newest, key)
        for channel, package, slot, name, newest, key in outdated.values_list(
            "channel", "package", "slot", "package__name", "served", "served_key"
        )
    }
    installed = Installed.objects.filter(subscription__in=channels).order_by()
    packages = {package for _, package, _ in served}
    if len(packages) <= FEW:
        installed = installed.filter(package__in=packages)
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
