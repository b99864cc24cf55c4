"""The rows that the catalogue is searched by, kept true as channels change.

Everything here is derived: ``services.reindexing`` makes all of it anew.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from django.db import transaction

from pbins.models import Channel, IndexedEntry, Package, Pbin
from pbins.services.file_following import Holding, follow_files
from pbins.services.package_rows import Name, package_rows_of
from pbins.services.parts import AT_ONCE, in_parts
from pbins.services.recipes import give_recipes
from pbins.services.spreading import Served, note_served

SUMMED_UP = ("summary", "description", "newest", "newest_key", "versions", "size", "since")

ENTRY = (
    "pk",
    "category",
    "package",
    "version",
    "version_key",
    "since",
    "withheld",
    "pbin",
    "pbin__recipe",
    "pbin__slot",
    "pbin__generated_from",
    "pbin__generated_at",
    "pbin__tarball",
    "pbin__tarball__size",
)
VERSION = ("entry__version_key", "is_withheld", "since", "size", "entry__pbin")
NONE_LEFT: Mapping[Name, Collection[int]] = MappingProxyType({})


class _Entry(NamedTuple):
    """The columns ENTRY: rows of a whole repository are read, so they are no models."""

    pk: int
    category: str
    package: str
    version: str
    version_key: str
    since: datetime
    withheld: str
    pbin: int
    recipe: int | None
    slot: str
    source: str
    built_at: datetime | None
    tarball: int | None
    size: int | None


class _Version(NamedTuple):
    """The columns VERSION."""

    version_key: str
    is_withheld: bool
    since: datetime
    size: int | None
    pbin: int


@transaction.atomic
def index_packages(
    channel: Channel, names: Collection[Name], *, left: Mapping[Name, Collection[int]] = NONE_LEFT
) -> None:
    """Bring what is derived of these packages up to what the channel holds of them now.

    ``left`` are the tarballs of entries that were deleted, by their keys.
    """
    for part in in_parts(sorted(set(names))):
        packages = package_rows_of(part)
        gone = {(packages[name].pk, tarball) for name in packages for tarball in left.get(name, ())}
        _index_entries(channel, packages, gone)
        refresh_packages(packages.values())


def refresh_packages(packages: Iterable[Package]) -> None:
    """Write what all channels together hold of them; the indexed entries must be up to date."""
    rows = {package.pk: package for package in packages}
    held: dict[int, list[_Version]] = defaultdict(list)
    entries = IndexedEntry.objects.filter(package__in=rows.keys(), channel__removed_at=None)
    for values in entries.values_list("package", *VERSION):
        held[values[0]].append(_Version(*values[1:]))
    newest = {key: max(versions, key=_worth) for key, versions in held.items()}
    texts = Pbin.objects.defer("text").in_bulk([version.pbin for version in newest.values()])
    for key, package in rows.items():
        _count_up(package, held[key])
        if key in newest:
            _describe(package, newest[key], texts[newest[key].pbin])
    Package.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=("id",),
        update_fields=SUMMED_UP,
        batch_size=AT_ONCE,
    )


def _index_entries(
    channel: Channel, packages: dict[Name, Package], gone: Collection[Holding]
) -> None:
    entries = _entries(channel, packages)
    recipes = _missing_recipes([entry.pbin for entry in entries if entry.recipe is None])
    rows = [
        IndexedEntry(
            entry_id=entry.pk,
            package=packages[entry.category, entry.package],
            channel=channel,
            recipe_id=entry.recipe or recipes[entry.pbin],
            tarball_id=entry.tarball,
            slot=entry.slot,
            source=entry.source,
            size=entry.size,
            built_at=entry.built_at,
            since=entry.since,
            is_withheld=bool(entry.withheld),
        )
        for entry in entries
    ]
    keys = [package.pk for package in packages.values()]
    indexed = IndexedEntry.objects.filter(channel=channel, package__in=keys)
    before = {*indexed.exclude(tarball=None).values_list("package", "tarball"), *gone}
    indexed.delete()
    IndexedEntry.objects.bulk_create(rows, batch_size=AT_ONCE)
    now = {(row.package_id, row.tarball_id) for row in rows if row.tarball_id is not None}
    # Of a package that was never held nothing was forgotten.
    known = {package.pk for package in packages.values() if package.newest}
    came = {holding for holding in now - before if holding[0] in known}
    follow_files(channel, came=came, left=before - now)
    served = [
        Served(
            packages[entry.category, entry.package].pk, entry.slot, entry.version_key, entry.version
        )
        for entry in entries
        if not entry.withheld
    ]
    note_served(channel, keys, served)


def _entries(channel: Channel, packages: Collection[Name]) -> list[_Entry]:
    found = channel.entries.order_by().near_packages(packages)
    entries = (_Entry(*values) for values in found.values_list(*ENTRY))
    return [entry for entry in entries if (entry.category, entry.package) in packages]


def _missing_recipes(pbins: Collection[int]) -> dict[int, int | None]:
    """Recipes of pbins that were stored without; by their keys."""
    found: dict[int, int | None] = {}
    for part in in_parts(sorted(pbins)):
        rows = list(Pbin.objects.filter(pk__in=part))
        give_recipes(rows)
        Pbin.objects.bulk_update(rows, ("recipe", "description"), batch_size=100)
        found |= {row.pk: row.recipe_id for row in rows}
    return found


def _count_up(package: Package, held: Sequence[_Version]) -> None:
    package.versions = len({version.version_key for version in held})
    package.since = max((version.since for version in held), default=None)
    package.size = max((one.size for one in held if one.size is not None), default=None)


def _describe(package: Package, newest: _Version, pbin: Pbin) -> None:
    """The newest version speaks for the package; one that is gone keeps its last words."""
    package.newest = pbin.version
    package.newest_key = newest.version_key
    package.summary = pbin.summary
    package.description = pbin.description


def _worth(version: _Version) -> tuple[str, bool, datetime]:
    """The newest first; of equal ones what hosts are given, then what came last."""
    return version.version_key, not version.is_withheld, version.since
