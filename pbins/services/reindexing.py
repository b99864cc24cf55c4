"""Everything that the catalogue is searched by, made anew from what it is derived from."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from pbins.models import (
    Channel,
    Dependency,
    Directory,
    Entry,
    Facet,
    FileName,
    IndexedEntry,
    Installed,
    Package,
    Pbin,
    Recipe,
    Soname,
    Spread,
    Subscription,
    Term,
)
from pbins.services.file_reindexing import index_all_listings
from pbins.services.indexing import index_packages
from pbins.services.installing import write_installed
from pbins.services.parts import in_parts
from pbins.services.recipes import give_recipes
from pbins.services.spreading import note_installed

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Indexed:
    """How much there is now."""

    packages: int
    entries: int
    recipes: int
    listings: int
    installed: int


def reindex(*, tell: Told) -> Indexed:
    """Make it all anew, in one transaction: until it is done, readers see what was there before."""
    with transaction.atomic():
        _forget()
        tell("reading pbins")
        _read_pbins()
        for channel in Channel.objects.select_related("repository"):
            tell(f"indexing {channel}")
            index_packages(channel, _names(channel))
        tell("reading listings")
        listings = index_all_listings()
        tell("counting what is installed")
        for channel in Channel.objects.all():
            _read_installed(channel)
    return Indexed(
        packages=Package.objects.present().count(),
        entries=IndexedEntry.objects.count(),
        recipes=Recipe.objects.count(),
        listings=listings,
        installed=Installed.objects.count(),
    )


def _forget() -> None:
    Pbin.objects.exclude(recipe=None).update(recipe=None)
    for rows in (
        IndexedEntry.objects,
        Spread.objects,
        Installed.objects,
        FileName.objects,
        Directory.objects,
        Soname.objects,
        Facet.objects,
        Dependency.objects,
        Term.objects,
        Recipe.objects,
        Package.objects,
    ):
        rows.all().delete()


def _read_pbins() -> None:
    for part in in_parts(Pbin.objects.order_by("pk").values_list("pk", flat=True)):
        pbins = list(Pbin.objects.filter(pk__in=part))
        give_recipes(pbins)
        Pbin.objects.bulk_update(pbins, ("recipe", "description"), batch_size=100)


def _names(channel: Channel) -> list[tuple[str, str]]:
    entries = Entry.objects.filter(channel=channel).order_by("category", "package")
    return list(entries.values_list("category", "package").distinct())


def _read_installed(channel: Channel) -> None:
    """Every host first: to count a package's hosts takes as long as there are hosts."""
    changed: set[int] = set()
    for subscription in Subscription.objects.filter(channel=channel).select_related("channel"):
        changed |= write_installed(subscription)
    note_installed(channel, changed)
