"""Two pbins of a package side by side: any two versions, or two builds of one."""

from dataclasses import dataclass

from pbins.models import Entry, Pbin, TarballListing
from pbins.services.file_differences import FileChanges, file_changes
from pbins.services.pbin_differences import FieldChange, field_changes

MOST_CHOICES = 100


@dataclass(frozen=True, slots=True)
class Comparison:
    """``files`` is None when the listing of one of the tarballs was not kept."""

    before: Pbin
    after: Pbin
    fields: tuple[FieldChange, ...]
    files: FileChanges | None


def comparable(entry: Entry) -> list[Pbin]:
    """What a version can be compared with: versions and builds, the newest first; one query."""
    others = Pbin.objects.filter(category=entry.category, package=entry.package)
    others = others.exclude(pk=entry.pbin_id).select_related("repository")
    ordered = others.order_by("-version_key", "-generated_at", "-pk")
    return list(
        ordered.only("version", "generated_at", "category", "package", "repository__name")[
            :MOST_CHOICES
        ]
    )


def find_pair(before: str, after: str) -> tuple[Pbin, Pbin] | None:
    """The pbins with these numbers, as they were typed; None unless they are of one package."""
    keys = [int(key) for key in (before, after) if key.isascii() and key.isdecimal()]
    if len(keys) != 2 or max(keys) >= 2**63:
        return None
    found = Pbin.objects.select_related("tarball", "repository").in_bulk(keys)
    old, new = (found.get(key) for key in keys)
    return (old, new) if old is not None and new is not None and old.name == new.name else None


def compare(before: Pbin, after: Pbin) -> Comparison:
    """Raises ParseError when one of the texts is no pbin. One query, for both listings."""
    kept = TarballListing.objects.filter(tarball__in=(before.tarball_id, after.tarball_id))
    listings: dict[int | None, TarballListing] = {row.tarball_id: row for row in kept}
    old, new = listings.get(before.tarball_id), listings.get(after.tarball_id)
    files = file_changes(old, new) if old is not None and new is not None else None
    return Comparison(before, after, field_changes(before, after), files)
