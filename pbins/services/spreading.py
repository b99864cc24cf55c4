"""How versions are spread over hosts: what channels serve, and the oldest that followers have."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from django.db.models import Count, Max

from pbins.models import Channel, Installed, Spread
from pbins.services.parts import AT_ONCE, in_parts

Slot = tuple[int, str]
"""A package's key, and a slot of it."""


class Served(NamedTuple):
    """A version that hosts are given; ``package`` is its key."""

    package: int
    slot: str
    version_key: str
    version: str


def note_served(channel: Channel, packages: Collection[int], served: Iterable[Served]) -> None:
    """The channel serves just this of these packages; no more than can be named at once."""
    rows = _rows(channel, packages)
    newest: dict[Slot, Served] = {}
    for version in sorted(served):
        newest[version.package, version.slot] = version
    for place, row in rows.items():
        if place not in newest:
            row.served = row.served_key = ""
    for place, version in newest.items():
        row = rows.setdefault(place, _row(channel, place))
        row.served, row.served_key = version.version, version.version_key
    _write(rows.values())


def note_installed(channel: Channel, packages: Collection[int]) -> None:
    """Followers have other versions of these packages than before."""
    for part in in_parts(sorted(packages)):
        _note_installed(channel, part)


def _note_installed(channel: Channel, packages: Collection[int]) -> None:
    rows = _rows(channel, packages)
    for row in rows.values():
        row.oldest, row.oldest_key, row.hosts = "", "", 0
    found = Installed.objects.filter(subscription__channel=channel, package__in=packages)
    versions = found.order_by().values("package", "slot", "version_key")
    for each in versions.annotate(text=Max("version"), hosts=Count("pk")):
        place = (each["package"], each["slot"])
        row = rows.setdefault(place, _row(channel, place))
        row.hosts += each["hosts"]  # a slot holds one version, so nobody is counted twice
        if not row.oldest_key or each["version_key"] < row.oldest_key:
            row.oldest, row.oldest_key = each["text"], each["version_key"]
    _write(rows.values())


def _rows(channel: Channel, packages: Collection[int]) -> dict[Slot, Spread]:
    rows = Spread.objects.filter(channel=channel, package__in=packages)
    return {(row.package_id, row.slot): row for row in rows}


def _row(channel: Channel, place: Slot) -> Spread:
    package, slot = place
    return Spread(channel=channel, package_id=package, slot=slot)


def _write(rows: Iterable[Spread]) -> None:
    """Rows that say nothing any more go."""
    empty: list[Spread] = []
    full: list[Spread] = []
    for row in rows:
        row.is_outdated = bool(row.oldest_key and row.oldest_key < row.served_key)
        (full if row.served or row.hosts else empty).append(row)
    Spread.objects.filter(pk__in=[row.pk for row in empty if row.pk is not None]).delete()
    Spread.objects.bulk_create(
        full,
        update_conflicts=True,
        unique_fields=("channel", "package", "slot"),
        update_fields=("served", "served_key", "oldest", "oldest_key", "hosts", "is_outdated"),
        batch_size=AT_ONCE,
    )
