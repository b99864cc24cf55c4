"""Sonames: what a tarball's files provide to the linker and need, and who in a channel has that."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F

from pbins.models import Channel, IndexedEntry, Soname, Tarball


@dataclass(frozen=True, slots=True)
class Needed:
    """A soname that files of a version need. ``providers``: the newest version of each package."""

    name: str
    bits: int
    providers: tuple[IndexedEntry, ...]
    is_own: bool

    @property
    def is_met(self) -> bool:
        return self.is_own or bool(self.providers)


@dataclass(frozen=True, slots=True)
class Sonames:
    """Those of one tarball, by name."""

    provided: tuple[Soname, ...]
    needed: tuple[Needed, ...]

    @property
    def unmet(self) -> tuple[Needed, ...]:
        return tuple(one for one in self.needed if not one.is_met)


def sonames_of(tarball: Tarball | None, channel: Channel) -> Sonames:
    """Two queries; empty for what was taken in before sonames were kept."""
    rows = list(tarball.sonames.order_by("name", "bits")) if tarball else []
    provided = tuple(row for row in rows if row.is_provided)
    needed = [row for row in rows if not row.is_provided]
    own = {(row.name, row.bits) for row in provided}
    providers = _providers({row.name for row in needed}, channel) if needed else {}
    return Sonames(
        provided,
        tuple(
            Needed(
                row.name,
                row.bits,
                _newest(providers.get(row.name, []), row.bits),
                is_own=(row.name, row.bits) in own,
            )
            for row in needed
        ),
    )


def fits(provided_bits: int, needed_bits: int) -> bool:
    """Whether the word size agrees, as far as it is known."""
    return 0 in (provided_bits, needed_bits) or provided_bits == needed_bits


def _providers(
    names: Collection[str], channel: Channel
) -> dict[str, list[tuple[int, IndexedEntry]]]:
    """Who in the channel provides these, the newest first."""
    rows = IndexedEntry.objects.filter(
        channel=channel,
        is_withheld=False,
        tarball__sonames__name__in=names,
        tarball__sonames__is_provided=True,
    ).annotate(soname=F("tarball__sonames__name"), bits=F("tarball__sonames__bits"))
    found: dict[str, list[tuple[int, IndexedEntry]]] = {}
    for row in rows.select_related("entry").order_by("-entry__version_key"):
        found.setdefault(row.soname, []).append((row.bits, row))
    return found


def _newest(providers: list[tuple[int, IndexedEntry]], bits: int) -> tuple[IndexedEntry, ...]:
    by_package: dict[int, IndexedEntry] = {}
    for provided_bits, row in providers:
        if fits(provided_bits, bits):
            by_package.setdefault(row.package_id, row)
    return tuple(by_package.values())
