"""Lists of what nothing depends on, and of dependencies that hosts can't get as binaries.

Versions that were made alike share their dependencies, and most specs are asked by many: each is
answered once for a channel.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter

from django.db.models import Q

from pbins.models import Channel, Dependency
from pbins.paludis.errors import ParseError
from pbins.paludis.specs import PackageSpec, parse_spec
from pbins.services.dependency_lines import Answer, Met
from pbins.services.listed import CHUNK, Listed, Served, newest_of, served_in, shelf_of
from pbins.services.offers import NO_OPTIONS, Options, Shelf, in_sources, options_of
from pbins.services.parts import in_parts
from pbins.services.satisfying import Shelves, is_account, is_counted

CONDITIONAL = ("?]", "=]")
"""In a spec that depends on the dependant's own options."""


@dataclass(slots=True)
class Stock:
    """What one channel serves, and what of its needs was answered already."""

    channel: Channel
    served: list[Served]
    shelf: Shelf
    by_recipe: dict[int, list[Served]]
    needed: set[str] = field(default_factory=set)
    missing: list[tuple[int, list[PackageSpec]]] = field(default_factory=list)
    known: dict[tuple[str, int], bool] = field(default_factory=dict)

    def has(self, spec: PackageSpec, recipe: int, options: dict[int | None, Options]) -> bool:
        text = str(spec)
        is_conditional = any(end in text for end in CONDITIONAL)
        key = (text, recipe if is_conditional else 0)
        if is_account(f"{spec.category}/"):
            return True
        if key not in self.known:
            mine = options.get(recipe, NO_OPTIONS)
            self.known[key] = self.shelf.first(spec, mine) is not None
        return self.known[key]


def unneeded(stocks: Iterable[Stock]) -> Iterator[Listed]:
    """The newest version of each package that no other package of its channel needs."""
    for stock in stocks:
        for one in newest_of(stock.served):
            if one.name not in stock.needed:
                yield Listed(stock.channel.pk, one.name, one.version)


def unmet_needs(stocks: list[Stock]) -> Iterator[tuple[Met, Listed]]:
    """Each version with each need that its channel does not meet, and where else that is."""
    names = {str(spec.name) for stock in stocks for _, specs in stock.missing for spec in specs}
    sources = Shelf()
    for part in in_parts(sorted(names)):
        sources.offers |= in_sources(part).offers
    for stock in stocks:
        elsewhere = _others(stocks, stock, names)
        shelves = Shelves(Shelf(), elsewhere, sources)
        for recipe, specs in stock.missing:
            answers = [shelves.answer(spec, NO_OPTIONS) for spec in specs]
            answer = min(answers, key=lambda one: list(Met).index(one.met))
            for one in stock.by_recipe[recipe]:
                details = _details(specs, answer)
                yield answer.met, Listed(stock.channel.pk, one.name, one.version, details)


def count_needs(channels: Iterable[Channel]) -> list[Stock]:
    """Read every dependency once, for all channels together."""
    served = {channel.pk: served_in(channel) for channel in channels}
    options = _options(served.values())
    stocks = [_stock(channel, served[channel.pk], options) for channel in channels]
    rows = Dependency.objects.filter(is_blocker=False, applies=True).order_by("recipe_id", "choice")
    by_recipe = groupby(rows.iterator(chunk_size=CHUNK), key=attrgetter("recipe_id"))
    for recipe, dependencies in by_recipe:
        users = [stock for stock in stocks if recipe in stock.by_recipe]
        needs = [one for one in dependencies if is_counted(one.labels)] if users else []
        for stock in users:
            _count(stock, recipe, needs, options)
    return stocks


def _stock(channel: Channel, served: list[Served], options: dict[int | None, Options]) -> Stock:
    by_recipe: dict[int, list[Served]] = defaultdict(list)
    for one in served:
        by_recipe[one.recipe].append(one)
    return Stock(channel, served, shelf_of(served, channel, options), dict(by_recipe))


def _count(
    stock: Stock, recipe: int, needs: list[Dependency], options: dict[int | None, Options]
) -> None:
    own = {one.name for one in stock.by_recipe[recipe]}
    stock.needed |= {need.target for need in needs} - own
    for specs in _alternatives(needs):
        if not any(stock.has(spec, recipe, options) for spec in specs):
            stock.missing.append((recipe, specs))


def _alternatives(needs: Iterable[Dependency]) -> Iterator[list[PackageSpec]]:
    """Needs of which one is enough, together; every other one alone."""
    choices: dict[int, list[PackageSpec]] = defaultdict(list)
    for need in needs:
        try:
            spec = parse_spec(need.spec)
        except ParseError:  # the version's own page says so
            continue
        if need.choice:
            choices[need.choice].append(spec)
        else:
            yield [spec]
    yield from choices.values()


def _options(served: Iterable[list[Served]]) -> dict[int | None, Options]:
    """Of those recipes where it matters which options are on."""
    targets = set(Dependency.objects.filter(spec__contains="[").values_list("target", flat=True))
    conditional = Q()
    for end in CONDITIONAL:
        conditional |= Q(spec__contains=end)
    recipes = set(Dependency.objects.filter(conditional).values_list("recipe", flat=True))
    recipes |= {one.recipe for rows in served for one in rows if one.name in targets}
    found: dict[int | None, Options] = {}
    for part in in_parts(sorted(recipes)):
        found |= options_of(part)
    return found


def _others(stocks: list[Stock], stock: Stock, names: set[str]) -> Shelf:
    """What channels other than this one have of these packages."""
    shelf = Shelf()
    for other in stocks:
        if other is not stock:
            shelf.put(offer for name in names for offer in other.shelf.offers.get(name, ()))
    return shelf


def _details(specs: list[PackageSpec], answer: Answer) -> str:
    wanted = " or ".join(map(str, specs))
    if answer.met is Met.NOWHERE:
        return wanted
    return f"{wanted}: {answer.version} is in {answer.place}"
