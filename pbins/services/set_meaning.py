"""What a package set means in a channel now: what is there, what is missing, who has it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pbins.models import Channel, Entry, PackageSet, Spread
from pbins.paludis.sets import spec_and_comment
from pbins.paludis.specs import PackageSpec
from pbins.paludis.versions import Version
from pbins.services.offers import NO_OPTIONS, Offer, in_sources, served_by


class Standing(StrEnum):
    """How a line of a set stands: hosts get it, a source has a newer one, or they do not get it."""

    CURRENT = "current"
    OUTDATED = "outdated"
    WITHHELD = "withheld"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Meaning:
    """A line of a set: the newest that hosts are given of it, and the newest there are sources of.

    ``withheld`` says why what is here is not given to hosts. ``spreads`` are the slots of the
    package that hosts have it in, with how many have it.
    """

    spec: str
    name: str
    comment: str
    served: Offer | None
    source: Offer | None
    withheld: str
    spreads: tuple[Spread, ...]

    @property
    def standing(self) -> Standing:
        if self.served is None:
            return Standing.WITHHELD if self.withheld else Standing.MISSING
        newer = self.source is not None and self.source.version > self.served.version
        return Standing.OUTDATED if newer else Standing.CURRENT


def meanings(package_set: PackageSet, channel: Channel) -> list[Meaning]:
    """Every line that can be read, in the order of the set; five queries however long it is."""
    lines = _lines(package_set.specs)
    names = {str(spec.name) for spec, _ in lines}
    served = served_by(channel, names, with_options=True)
    sources = in_sources(names)
    withheld = _withheld(channel, names)
    spreads = _spreads(channel, names)
    return [
        Meaning(
            spec=str(spec),
            name=str(spec.name),
            comment=comment,
            served=served.first(spec, NO_OPTIONS),
            source=sources.first(spec, NO_OPTIONS),
            withheld=_why(withheld, spec),
            spreads=tuple(_of_slot(spreads.get(str(spec.name), ()), spec)),
        )
        for spec, comment in lines
    ]


def to_build(means: Sequence[Meaning]) -> list[str]:
    """The lines whose newest version is not here, and could be made."""
    wanting = (Standing.MISSING, Standing.OUTDATED)
    return [one.spec for one in means if one.standing in wanting and one.source is not None]


def _lines(text: str) -> list[tuple[PackageSpec, str]]:
    """Specs with what stands behind them as a comment; the form has let only whole ones in."""
    parts = map(spec_and_comment, text.splitlines())
    return [(PackageSpec.parse(spec), comment) for spec, comment in parts if spec]


def _withheld(channel: Channel, names: set[str]) -> dict[str, list[Entry]]:
    parts = {name.partition("/")[2] for name in names}
    found: dict[str, list[Entry]] = {}
    for entry in channel.entries.exclude(withheld="").filter(package__in=parts):
        found.setdefault(entry.name, []).append(entry)
    return found


def _why(withheld: dict[str, list[Entry]], spec: PackageSpec) -> str:
    entries = withheld.get(str(spec.name), [])
    return next((one.withheld for one in entries if spec.accepts(Version(one.version))), "")


def _spreads(channel: Channel, names: set[str]) -> dict[str, list[Spread]]:
    found: dict[str, list[Spread]] = {}
    rows = channel.spreads.filter(package__name__in=names, hosts__gt=0)
    for row in rows.select_related("package").order_by("slot"):
        found.setdefault(row.package.name, []).append(row)
    return found


def _of_slot(spreads: Sequence[Spread], spec: PackageSpec) -> list[Spread]:
    slot = spec.slot.name if spec.slot else None
    return [one for one in spreads if slot in (None, one.slot)]
