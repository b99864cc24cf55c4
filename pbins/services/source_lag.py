"""Whether binaries lag behind the source repositories they are made from, slot by slot."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pbins.models import Entry, SourceVersion


@dataclass(frozen=True, slots=True)
class SlotLag:
    """A slot of a package in a source repository, and the newest binary of that slot.

    ``newest`` is what a builder would take by itself, empty where it would take nothing;
    ``masked`` is a still newer version that is masked on the builder that was asked.
    """

    source: str
    read_at: datetime
    slot: str
    newest: str
    newest_key: str
    masked: str
    scm: str
    binary: str = ""
    binary_key: str = ""

    @property
    def is_behind(self) -> bool:
        """Only where there is a binary: nobody wants every package of a source built."""
        return bool(self.binary) and self.binary_key < self.newest_key

    @property
    def is_missing(self) -> bool:
        return not self.binary

    @property
    def is_ahead(self) -> bool:
        """The source gave up what hosts have: it may get no more security fixes."""
        return bool(self.binary) and self.binary_key > self.newest_key


def lags_of(category: str, package: str, entries: Iterable[Entry]) -> list[SlotLag]:
    """One query; ``entries`` are all of the package, the newest first."""
    rows = SourceVersion.objects.of_package(category, package).select_related("source")
    by_slot: dict[tuple[str, str], list[SourceVersion]] = {}
    for row in rows.order_by("source__name", "-version_key"):
        by_slot.setdefault((row.source.name, row.slot), []).append(row)
    binaries = _newest_binaries(entries)
    return [_lag(versions, binaries.get(slot)) for (_, slot), versions in sorted(by_slot.items())]


def _newest_binaries(entries: Iterable[Entry]) -> dict[str, Entry]:
    """By slot, of what hosts are given."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if not entry.withheld:
            found.setdefault(entry.pbin.slot, entry)
    return found


def _lag(versions: list[SourceVersion], binary: Entry | None) -> SlotLag:
    """``versions`` of one slot and source, the newest first."""
    proper = [row for row in versions if not row.is_scm]
    newest = next((row for row in proper if not row.is_masked), None)
    masked = proper[0] if proper and proper[0].is_masked else None
    return SlotLag(
        source=versions[0].source.name,
        read_at=versions[0].source.read_at,
        slot=versions[0].slot,
        newest=newest.version if newest else "",
        newest_key=newest.version_key if newest else "",
        masked=masked.version if masked else "",
        scm=next((row.version for row in versions if row.is_scm), ""),
        binary=binary.version if binary else "",
        binary_key=binary.version_key if binary else "",
    )
