"""What depends on a package: reverse dependencies, in one channel."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pbins.models import Channel, Dependency, Entry
from pbins.models.catalogue import EntryQuerySet
from pbins.paludis.errors import ParseError
from pbins.paludis.specs import parse_spec
from pbins.paludis.versions import Version
from pbins.services.dependency_lines import purpose_in_words


@dataclass(frozen=True, slots=True)
class Dependant:
    """A version that names the package, and how: ``takes`` says whether this version will do."""

    entry: Entry
    spec: str
    labels: str
    applies: bool
    takes: bool

    @property
    def purpose(self) -> str:
        return purpose_in_words(self.labels)


def dependants_in(channel: Channel, name: str) -> EntryQuerySet:
    """Versions that the channel gives hosts and that name the package, by name."""
    recipes = Dependency.objects.filter(target=name, is_blocker=False).values("recipe")
    found = Entry.objects.served().filter(channel=channel, pbin__recipe__in=recipes)
    found = found.select_related("pbin", "channel__repository")
    return found.only(
        "category", "package", "version", "pbin__recipe", "channel__name", "channel__repository"
    ).order_by("category", "package", "-version_key")


def dependants(entries: Collection[Entry], *, of: Entry) -> list[Dependant]:
    """How each of these entries names the package of another: one query."""
    recipes = {entry.pbin.recipe_id for entry in entries}
    rows = Dependency.objects.filter(recipe__in=recipes, target=of.name, is_blocker=False)
    named: dict[int, list[Dependency]] = {}
    for row in rows:
        named.setdefault(row.recipe_id, []).append(row)
    version = Version(of.version)
    return [
        _dependant(entry, named[entry.pbin.recipe_id], version, of.pbin.slot)
        for entry in entries
        if entry.pbin.recipe_id in named
    ]


def _dependant(entry: Entry, rows: Iterable[Dependency], version: Version, slot: str) -> Dependant:
    """A version may name a package twice; what applies says more, then what takes it."""
    told = [
        Dependant(entry, row.spec, row.labels, row.applies, _takes(row.spec, version, slot))
        for row in rows
    ]
    return max(told, key=lambda one: (one.applies, one.takes))


def _takes(spec: str, version: Version, slot: str) -> bool:
    try:
        return parse_spec(spec).fits(version, slot)
    except ParseError:
        return False
