"""Sonames: what a tarball's files provide to the linker and need, and who in a channel has that."""

from collections.abc import Collection
from dataclasses import dataclass

from pbins.models import Channel, IndexedEntry, Soname, Tarball

MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Provider:
    """A version whose files the linker finds."""

    category: str
    package: str
    version: str

    @property
    def name(self) -> str:
        return f"{self.category}/{self.package}"


@dataclass(frozen=True, slots=True)
class Needed:
    """A soname that files of a version need. ``providers``: the newest version of each package."""

    name: str
    bits: int
    providers: tuple[Provider, ...]
    is_own: bool

    @property
    def shown(self) -> tuple[Provider, ...]:
        return self.providers[:MOST_SHOWN]

    @property
    def unshown(self) -> int:
        return len(self.providers) - len(self.shown)

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


def _providers(names: Collection[str], channel: Channel) -> dict[str, list[tuple[int, Provider]]]:
    """Who in the channel provides these, the newest first; read as columns, which is quicker."""
    rows = IndexedEntry.objects.filter(
        channel=channel,
        is_withheld=False,
        tarball__sonames__name__in=names,
        tarball__sonames__is_provided=True,
    )
    found: dict[str, list[tuple[int, Provider]]] = {}
    for name, bits, *version in rows.order_by("-entry__version_key").values_list(
        "tarball__sonames__name",
        "tarball__sonames__bits",
        "entry__category",
        "entry__package",
        "entry__version",
    ):
        found.setdefault(name, []).append((bits, Provider(*version)))
    return found


def _newest(providers: list[tuple[int, Provider]], bits: int) -> tuple[Provider, ...]:
    by_package: dict[str, Provider] = {}
    for provided_bits, provider in providers:
        if fits(provided_bits, bits):
            by_package.setdefault(provider.name, provider)
    return tuple(by_package.values())
