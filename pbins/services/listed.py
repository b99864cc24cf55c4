"""What the makers of lists share: rows, and what a channel gives hosts."""

from collections.abc import Iterator
from dataclasses import dataclass

from pbins.models import Channel, IndexedEntry
from pbins.paludis.versions import Version
from pbins.services.offers import Offer, Options, Shelf

CHUNK = 5000


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of a list to be; ``amount`` as in ListedVersion."""

    channel: int
    name: str
    version: str
    details: str = ""
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """A version that a channel gives hosts, as narrow as it can be."""

    name: str
    version: str
    version_key: str
    slot: str
    source: str
    recipe: int
    tarball: int

    def offer(self, place: str, options: Options | None) -> Offer:
        return Offer(self.name, Version(self.version), self.slot, place, options)


def served_in(channel: Channel) -> list[Served]:
    """Everything, the newest version of each package first: one query."""
    rows = IndexedEntry.objects.filter(channel=channel, is_withheld=False).order_by(
        "package__name", "-entry__version_key"
    )
    fields = ("package__name", "entry__version", "entry__version_key", "slot", "source")
    found = rows.values_list(*fields, "recipe", "tarball")
    return [
        Served(name, version, key, slot, source, recipe or 0, tarball or 0)
        for name, version, key, slot, source, recipe, tarball in found.iterator(chunk_size=CHUNK)
    ]


def shelf_of(served: list[Served], channel: Channel, options: dict[int | None, Options]) -> Shelf:
    place = str(channel)
    return Shelf().put(one.offer(place, options.get(one.recipe)) for one in served)


def newest_of(served: list[Served]) -> Iterator[Served]:
    """The first of each package."""
    last = ""
    for one in served:
        if one.name != last:
            yield one
        last = one.name
