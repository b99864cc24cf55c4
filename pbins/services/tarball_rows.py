"""Rows of many tarballs at once: those that are there, and those that only a Manifest names."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.utils import timezone

from pbins.models import Repository, Tarball
from pbins.paludis.manifest import ManifestEntry
from pbins.services.parts import AT_ONCE, in_parts
from pbins.services.places import distfiles_of
from pbins.services.wholeness import damage_of
from pbins.storage.tarball import TarballReport

TAKEN = (
    "size",
    "sha256",
    "sha512",
    "is_present",
    "received_at",
    "verified_at",
    "file_time",
    "trashed_at",
    "trashed_because",
    "suspects",
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A tarball that was just read whole and is in its place; hosts may fetch one that is open."""

    name: str
    report: TarballReport
    suspects: tuple[str, ...] = ()
    is_open: bool = True


def note_taken(repository: Repository, placed: Collection[Placed]) -> dict[str, Tarball]:
    """The rows of tarballs that have just been taken in, by name."""
    known = _rows(repository, [one.name for one in placed])
    rows = {
        one.name: known.get(one.name) or Tarball(repository=repository, name=one.name)
        for one in placed
    }
    for one in placed:
        _tell(rows[one.name], one)
    Tarball.objects.bulk_update(known.values(), TAKEN, batch_size=AT_ONCE)
    Tarball.objects.bulk_create(
        (row for name, row in rows.items() if name not in known),
        update_conflicts=True,  # somebody else may just have taken in the same
        unique_fields=("repository", "name"),
        update_fields=TAKEN,
        batch_size=AT_ONCE,
    )
    return rows


def _tell(row: Tarball, placed: Placed) -> None:
    state = distfiles_of(row.repository).state(placed.name)
    report = placed.report
    row.size, row.sha256, row.sha512 = report.size, report.sha256, report.sha512
    row.received_at = row.verified_at = timezone.now()
    row.file_time = state.modified if state else None
    row.trashed_at, row.trashed_because = None, ""
    row.is_present = placed.is_open
    if placed.suspects:
        row.suspects = list(placed.suspects)


def present_tarballs(repository: Repository, names: Collection[str]) -> dict[str, Tarball]:
    """Those that we have taken in before and that are still there and whole, by name.

    By their sizes and findings; nothing is read.
    """
    rows = {name: row for name, row in _rows(repository, names).items() if row.is_present}
    distfiles, damage = distfiles_of(repository), damage_of(repository)
    states = {name: distfiles.state(name) for name in rows.keys() - damage.keys()}
    return {
        name: rows[name]
        for name, state in states.items()
        if state is not None and rows[name].size in {None, state.size}
    }


def absent_tarballs(
    repository: Repository, listed: Mapping[str, ManifestEntry | None]
) -> dict[str, Tarball]:
    """The rows of tarballs that we do not have; the entries are what Manifests say of them."""
    known = _rows(repository, listed)
    rows = {name: known.get(name) or Tarball(repository=repository, name=name) for name in listed}
    for name, entry in listed.items():
        rows[name].is_present = False
        if entry is not None:
            rows[name].size = entry.size
            rows[name].sha256 = entry.hashes.get("SHA256", "")
            rows[name].sha512 = entry.hashes.get("SHA512", "")
    Tarball.objects.bulk_update(
        known.values(), ("is_present", "size", "sha256", "sha512"), batch_size=AT_ONCE
    )
    Tarball.objects.bulk_create(
        (row for name, row in rows.items() if name not in known), batch_size=AT_ONCE
    )
    return rows


def _rows(repository: Repository, names: Collection[str]) -> dict[str, Tarball]:
    found: dict[str, Tarball] = {}
    for part in in_parts(sorted(names)):
        rows = Tarball.objects.filter(repository=repository, name__in=part)
        found |= {row.name: row for row in rows}
    return found
