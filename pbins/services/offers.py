"""What a channel, another one or a source repository has that a dependency could be met with."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Q

from pbins.models import Channel, Entry, Facet, SourceVersion, TermKind
from pbins.paludis.specs import PackageSpec
from pbins.paludis.versions import Version

Options = Mapping[str, bool]
NO_OPTIONS: Options = {}
CHOSEN = {TermKind.OPTION_ON.value: True, TermKind.OPTION_OFF.value: False}


@dataclass(frozen=True, slots=True)
class Offer:
    """One version. ``place`` is `pbins/master`, or the name of a source repository.

    ``options`` is None where they are not settled, as in a source, or not known.
    """

    name: str
    version: Version
    slot: str
    place: str
    options: Options | None = None

    def meets(self, spec: PackageSpec, mine: Options) -> bool:
        """Whether it is what a dependant with options ``mine`` asks for."""
        return (
            spec.name == self.name
            and spec.fits(self.version, self.slot)
            and (self.options is None or spec.accepts_options(self.options, mine))
        )


@dataclass(slots=True)
class Shelf:
    """Offers by package, the newest first."""

    offers: dict[str, list[Offer]] = field(default_factory=dict)

    def put(self, offers: Iterable[Offer]) -> "Shelf":
        for offer in offers:
            self.offers.setdefault(offer.name, []).append(offer)
        return self

    def first(self, spec: PackageSpec, mine: Options) -> Offer | None:
        """The best that is asked for."""
        offers = self.offers.get(spec.name or "", ())
        return next((offer for offer in offers if offer.meets(spec, mine)), None)


class _Served(NamedTuple):
    """A version that a channel gives hosts: columns, for models take most of the time."""

    category: str
    package: str
    version: str
    slot: str
    recipe: int | None
    repository: str
    channel: str

    @property
    def name(self) -> str:
        return f"{self.category}/{self.package}"

    def offer(self, options: Options | None) -> Offer:
        place = f"{self.repository}/{self.channel}"
        return Offer(self.name, Version(self.version), self.slot, place, options)


COLUMNS = (
    "category",
    "package",
    "version",
    "pbin__slot",
    "pbin__recipe",
    "channel__repository__name",
    "channel__name",
)


def served_by(channel: Channel, names: Collection[str], *, with_options: bool) -> Shelf:
    """What a channel gives hosts of these packages: one query, two with options."""
    served = list(_served(names, Q(channel=channel)))
    recipes = {one.recipe for one in served if one.recipe is not None}
    options = options_of(recipes) if with_options else {}
    return Shelf().put(one.offer(options.get(one.recipe)) for one in served)


def served_elsewhere(channel: Channel, names: Collection[str]) -> Shelf:
    """What other channels give hosts of these packages; their options are not looked at."""
    return Shelf().put(one.offer(None) for one in _served(names, ~Q(channel=channel)))


def in_sources(names: Collection[str]) -> Shelf:
    """What builders would build of these packages by themselves."""
    rows = SourceVersion.objects.buildable().filter(**_halves(names)).select_related("source")
    wanted = set(names)
    return Shelf().put(
        Offer(row.name, Version(row.version), row.slot, row.source.name)
        for row in rows.order_by("-version_key", "source__name")
        if row.name in wanted
    )


def options_of(recipes: Collection[int]) -> dict[int | None, Options]:
    """The options of recipes, each with whether it is on."""
    rows = Facet.objects.filter(recipe__in=recipes, term__kind__in=CHOSEN)
    found: dict[int | None, dict[str, bool]] = {recipe: {} for recipe in recipes}
    for recipe, kind, value in rows.values_list("recipe", "term__kind", "term__value"):
        found[recipe][value] = CHOSEN[kind]
    return dict(found)


def _served(names: Collection[str], where: Q) -> Iterator[_Served]:
    """The newest first."""
    found = Entry.objects.served().filter(where, **_halves(names))
    rows = map(_Served._make, found.order_by("-version_key", "channel__name").values_list(*COLUMNS))
    wanted = set(names)
    return (row for row in rows if row.name in wanted)


def _halves(names: Collection[str]) -> dict[str, set[str]]:
    """A few more than asked for, since halves of different names may fit together."""
    halves = [name.split("/", 1) for name in names]
    return {
        "category__in": {category for category, _ in halves},
        "package__in": {package for _, package in halves},
    }
