"""Rows of many tarballs at once: those that are there, and those that only a Manifest names."""

from collections.abc import Collection, Mapping

from pbins.models import Repository, Tarball
from pbins.paludis.manifest import ManifestEntry
from pbins.services.arrivals import distfiles_of

_AT_ONCE = 500


def present_tarballs(repository: Repository, names: Collection[str]) -> dict[str, Tarball]:
    """Those that we have taken in before and that are still there, by name."""
    distfiles = distfiles_of(repository)
    rows = _rows(repository, names).items()
    return {name: row for name, row in rows if row.is_present and distfiles.has(name)}


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
        known.values(), ("is_present", "size", "sha256", "sha512"), batch_size=_AT_ONCE
    )
    Tarball.objects.bulk_create(
        (row for name, row in rows.items() if name not in known), batch_size=_AT_ONCE
    )
    return rows


def _rows(repository: Repository, names: Collection[str]) -> dict[str, Tarball]:
    wanted = sorted(names)
    found: dict[str, Tarball] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = Tarball.objects.filter(
            repository=repository, name__in=wanted[start : start + _AT_ONCE]
        )
        found |= {row.name: row for row in some}
    return found
