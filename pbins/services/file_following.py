"""Files are found by their names as long as a channel holds a tarball that installs them.

They can be found from when a tarball is taken in (``file_index``). Here are those followed that
leave, those that come again later, as a roll-back brings them, and those that never came.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from django.db import transaction

from pbins.models import Channel, FileName, IndexedEntry, Package, Repository, TarballListing
from pbins.services.file_index import FilePlace, add_names, package_in, places_at
from pbins.services.listing_rows import paths_of
from pbins.services.package_rows import Name
from pbins.services.parts import in_parts

Holding = tuple[int, int]
"""A package and a tarball of it that a channel holds, by their keys."""

RECENT = timedelta(days=3)
_AT_ONCE = 10  # a listing may be of megabytes


def follow_files(channel: Channel, *, came: Collection[Holding], left: Collection[Holding]) -> None:
    """After a channel was given some and lost others; the indexed entries must be up to date.

    Nothing happens for what another channel holds as well. One of which all files can be found
    already costs a look at them.
    """
    by_package: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for package, tarball in _nowhere_else(channel, came):
        by_package[package][0].append(tarball)
    for package, tarball in _nowhere_else(channel, left):
        by_package[package][1].append(tarball)
    for package, (arrived, gone) in by_package.items():
        _follow(package, arrived, gone)


def forget_strays(repository: Repository, *, until: datetime) -> None:
    """Nothing is found by tarballs that were taken in and given to no channel, as it turned out.

    Looks at those of the three days before ``until``, when nothing was under way any more; it is
    asked for once a day.
    """
    strays = repository.tarballs.filter(
        received_at__gt=until - RECENT, received_at__lte=until, indexed=None
    )
    by_name: dict[Name, list[int]] = defaultdict(list)
    for tarball, called in strays.order_by().values_list("pk", "name"):
        name = package_in(called, repository.name)
        if name is not None:
            by_name[name].append(tarball)
    for part in in_parts(by_name):
        names = [f"{category}/{package}" for category, package in part]
        # What was never held is not shown, and its first version may be on its way.
        for row in Package.objects.filter(name__in=names).exclude(newest=""):
            with transaction.atomic():
                _follow(row.pk, [], by_name[row.category, row.package])


def _follow(package: int, came: Collection[int], left: Collection[int]) -> None:
    here = _places(came)
    gone = _places(left) - here
    for listing in _listings_of(package) if gone else ():
        gone -= set(places_at(paths_of(listing)))
        if not gone:
            break
    if not here and not gone:
        return
    rows = FileName.objects.filter(package=package).order_by()
    known = {
        (path, name): key for path, name, key in rows.values_list("directory__path", "name", "pk")
    }
    for part in in_parts(known[place] for place in gone & known.keys()):
        FileName.objects.filter(pk__in=part).delete()
    add_names((package, *place) for place in here - known.keys())


def _nowhere_else(channel: Channel, holdings: Collection[Holding]) -> Iterator[Holding]:
    elsewhere = IndexedEntry.objects.exclude(channel=channel).order_by()
    for part in in_parts(sorted(holdings)):
        tarballs = [tarball for _, tarball in part]
        held = set(elsewhere.filter(tarball__in=tarballs).values_list("tarball", flat=True))
        yield from (holding for holding in part if holding[1] not in held)


def _places(tarballs: Collection[int]) -> set[FilePlace]:
    found: set[FilePlace] = set()
    for part in in_parts(tarballs):
        for listing in TarballListing.objects.filter(tarball__in=part).iterator(_AT_ONCE):
            found.update(places_at(paths_of(listing)))
    return found


def _listings_of(package: int) -> Iterator[TarballListing]:
    """The newest first, which is most like what it came in the place of."""
    held = IndexedEntry.objects.filter(package=package).exclude(tarball=None).order_by()
    listings = TarballListing.objects.filter(tarball__in=held.values("tarball"))
    return listings.order_by("-tarball").iterator(_AT_ONCE)
