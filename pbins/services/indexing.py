"""The rows that the catalogue is searched by, kept true as channels change.

Everything here is derived: ``services.reindexing`` makes all of it anew.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from django.db import transaction

from pbins.models import Channel, Entry, IndexedEntry, Package, Pbin
from pbins.services.recipes import give_recipes
from pbins.services.spreading import note_served

SUMMED_UP = ("summary", "description", "newest", "newest_key", "versions", "size", "since")
_AT_ONCE = 500

Name = tuple[str, str]
"""Category and package."""
Something = TypeVar("Something")


def in_parts(things: Iterable[Something]) -> Iterator[Sequence[Something]]:
    """So few at once that one statement can name them."""
    all_of_them = list(things)
    for start in range(0, len(all_of_them), _AT_ONCE):
        yield all_of_them[start : start + _AT_ONCE]


@transaction.atomic
def index_packages(channel: Channel, names: Collection[Name]) -> None:
    """Bring what is derived of these packages up to what the channel holds of them now."""
    for part in in_parts(sorted(set(names))):
        packages = package_rows_of(part)
        _index_entries(channel, packages)
        refresh_packages(packages.values())


def package_rows_of(names: Collection[Name]) -> dict[Name, Package]:
    """The rows of packages, made where there are none yet; no more than can be named at once."""
    known = _known_packages(names)
    fresh = [
        Package(category=category, package=package, name=f"{category}/{package}")
        for category, package in sorted(set(names) - known.keys())
    ]
    if not fresh:
        return known
    Package.objects.bulk_create(fresh, ignore_conflicts=True)
    return _known_packages(names)


def refresh_packages(packages: Iterable[Package]) -> None:
    """Write what all channels together hold of them; the indexed entries must be up to date."""
    rows = {package.pk: package for package in packages}
    found: dict[int, list[IndexedEntry]] = defaultdict(list)
    entries = IndexedEntry.objects.filter(package__in=rows.keys(), channel__removed_at=None)
    for indexed in entries.select_related("entry__pbin").defer("entry__pbin__text"):
        found[indexed.package_id].append(indexed)
    for key, package in rows.items():
        _summarise(package, found[key])
    Package.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=("id",),
        update_fields=SUMMED_UP,
        batch_size=_AT_ONCE,
    )


def _known_packages(names: Collection[Name]) -> dict[Name, Package]:
    wanted = {f"{category}/{package}" for category, package in names}
    rows = Package.objects.filter(name__in=wanted)
    return {(row.category, row.package): row for row in rows}


def _index_entries(channel: Channel, packages: dict[Name, Package]) -> None:
    entries = _entries(channel, packages)
    _complete([entry.pbin for entry in entries])
    rows = [_indexed(entry, packages[entry.category, entry.package]) for entry in entries]
    keys = [package.pk for package in packages.values()]
    IndexedEntry.objects.filter(channel=channel, package__in=keys).delete()
    IndexedEntry.objects.bulk_create(rows, batch_size=_AT_ONCE)
    note_served(channel, keys, rows)


def _entries(channel: Channel, packages: Collection[Name]) -> list[Entry]:
    found = channel.entries.filter(
        category__in={category for category, _ in packages},
        package__in={package for _, package in packages},
    )
    found = found.select_related("pbin__tarball").defer("pbin__text")
    return [entry for entry in found if (entry.category, entry.package) in packages]


def _complete(pbins: Iterable[Pbin]) -> None:
    """Give a recipe to those that have none."""
    wanted = {pbin.pk: pbin for pbin in pbins if pbin.recipe_id is None}
    for part in in_parts(wanted):
        rows = list(Pbin.objects.filter(pk__in=part).select_related("tarball"))
        give_recipes(rows)
        Pbin.objects.bulk_update(rows, ("recipe", "description"), batch_size=_AT_ONCE)
        for row in rows:
            wanted[row.pk].recipe = row.recipe


def _indexed(entry: Entry, package: Package) -> IndexedEntry:
    pbin, tarball = entry.pbin, entry.pbin.tarball
    return IndexedEntry(
        entry=entry,
        package=package,
        channel_id=entry.channel_id,
        recipe_id=pbin.recipe_id,
        tarball=tarball,
        slot=pbin.slot,
        source=pbin.generated_from,
        size=tarball.size if tarball else None,
        built_at=pbin.generated_at,
        since=entry.since,
        is_withheld=bool(entry.withheld),
    )


def _summarise(package: Package, held: Sequence[IndexedEntry]) -> None:
    """The newest version speaks for the package; one that is gone keeps its last words."""
    entries = [indexed.entry for indexed in held]
    package.versions = len({entry.version_key for entry in entries})
    package.since = _latest(entry.since for entry in entries)
    package.size = max((one.size for one in held if one.size is not None), default=None)
    if not held:
        return
    newest = max(held, key=_worth)
    package.newest = newest.entry.version
    package.newest_key = newest.entry.version_key
    package.summary = newest.entry.pbin.summary
    package.description = newest.entry.pbin.description


def _worth(indexed: IndexedEntry) -> tuple[str, bool, datetime]:
    """The newest version first; of equal ones what hosts are given, then what came last."""
    return indexed.entry.version_key, not indexed.is_withheld, indexed.entry.since


def _latest(moments: Iterable[datetime]) -> datetime | None:
    return max(moments, default=None)
