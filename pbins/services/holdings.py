"""What a channel holds: its entries, as publications bring, replace and take them away."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from pbins.models import Change, ChangeKind, Channel, Entry, Pbin, Publication
from pbins.services.arrivals import Arrival, Refusal
from pbins.services.indexing import index_packages
from pbins.services.package_rows import Name
from pbins.services.parts import AT_ONCE, in_parts

VersionPlace = tuple[str, str, str]
"""Category, package and version key: where in a channel a version is."""


def place_of(pbin: Pbin) -> VersionPlace:
    return (pbin.category, pbin.package, pbin.version_key)


def one_per_place(arrivals: Iterable[Arrival]) -> tuple[list[Arrival], list[Refusal]]:
    """Those that a channel can hold together, and why the others can't come.

    Of equal versions (1.0 is 1.0-r0) one that hosts may be given stays, else the one made last.
    """
    best: dict[VersionPlace, Arrival] = {}
    refusals = []
    for arrival in arrivals:
        other = best.setdefault(place_of(arrival.pbin), arrival)
        if other is arrival:
            continue
        worse, better = sorted((other, arrival), key=_worth)
        best[place_of(arrival.pbin)] = better
        refusals.append(
            Refusal(worse.pbin.path, f"is the same version as {better.pbin.path}, which stays")
        )
    return list(best.values()), refusals


def _worth(arrival: Arrival) -> tuple[bool, float, str]:
    made = arrival.pbin.generated_at
    return not arrival.withheld, made.timestamp() if made else 0.0, arrival.pbin.path


def held_places(channel: Channel, pbins: Collection[Pbin]) -> dict[VersionPlace, Entry]:
    """What the channel holds of these pbins' packages."""
    names = sorted({(pbin.category, pbin.package) for pbin in pbins})
    held: dict[VersionPlace, Entry] = {}
    for part in in_parts(names):
        entries = channel.entries.near_packages(part)
        held |= {(entry.category, entry.package, entry.version_key): entry for entry in entries}
    return held


@transaction.atomic
def hold(channel: Channel, arrivals: Collection[Arrival], since: datetime) -> None:
    """Make the channel's entries those of the arrivals."""
    Entry.objects.bulk_create(
        [
            Entry(
                channel=channel,
                pbin=arrival.pbin,
                category=arrival.pbin.category,
                package=arrival.pbin.package,
                version=arrival.pbin.version,
                version_key=arrival.pbin.version_key,
                withheld=arrival.withheld,
                since=since,
            )
            for arrival in arrivals
        ],
        update_conflicts=True,
        unique_fields=("channel", "category", "package", "version_key"),
        update_fields=("pbin", "version", "withheld", "since"),
        batch_size=AT_ONCE,
    )
    index_packages(channel, {(one.pbin.category, one.pbin.package) for one in arrivals})


def pbins_of(keys: Iterable[int]) -> list[Pbin]:
    """The rows of these keys, in their order, without their texts."""
    wanted = list(keys)
    found: dict[int, Pbin] = {}
    for part in in_parts(wanted):
        found |= Pbin.objects.defer("text").in_bulk(part)
    return [found[key] for key in wanted]


@transaction.atomic
def let_go(channel: Channel, pbins: Collection[Pbin]) -> None:
    """Forget the entries of these very pbins."""
    for part in in_parts(sorted(pbins, key=place_of)):
        near = channel.entries.near_packages([(pbin.category, pbin.package) for pbin in part])
        near.filter(pbin__in=[pbin.pk for pbin in part]).delete()
    left: dict[Name, list[int]] = {}
    for pbin in pbins:
        if pbin.tarball_id is not None:
            left.setdefault((pbin.category, pbin.package), []).append(pbin.tarball_id)
    index_packages(channel, {(pbin.category, pbin.package) for pbin in pbins}, left=left)


def change_of(publication: Publication, pbin: Pbin, kind: ChangeKind) -> Change:
    """The ledger's row of what a publication did to a version; the pbin need not be stored."""
    return Change(
        publication=publication,
        repository_id=publication.repository_id,
        channel_id=publication.channel_id,
        kind=kind,
        category=pbin.category,
        name=pbin.name,
        version=pbin.version,
        slot=pbin.slot,
        summary=pbin.summary,
        pbin=pbin if pbin.pk else None,
        at=publication.created_at,
    )
