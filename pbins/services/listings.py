"""What a tarball installs, kept small: noted when it is taken in, shown as a tree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from pbins.models import Tarball, TarballListing
from pbins.services.file_index import index_files
from pbins.services.listing_rows import content_of
from pbins.services.parts import in_parts
from pbins.storage.tarball import FileType, TarballFile

DEEPEST = 40
"""Directories; what lies deeper is shown as if it lay there."""
_AT_ONCE = 100  # a listing may be of megabytes


@dataclass(slots=True)
class Directory:
    """A directory with what is in it; ``count`` and ``size`` are of all files below it."""

    name: str
    directories: dict[str, "Directory"] = field(default_factory=dict)
    files: list[TarballFile] = field(default_factory=list)
    count: int = 0
    size: int = 0


@transaction.atomic
def keep_listings(listings: Mapping[Tarball, Sequence[TarballFile]]) -> None:
    """Note what each of these tarballs installs, in the place of what was noted of it before."""
    for part in in_parts(listings.items(), at_once=_AT_ONCE):
        TarballListing.objects.bulk_create(
            [
                TarballListing(tarball=tarball, content=content_of(files), files=len(files))
                for tarball, files in part
            ],
            update_conflicts=True,
            unique_fields=("tarball",),
            update_fields=("content", "files"),
        )
        index_files(dict(part))


def as_tree(files: Sequence[TarballFile]) -> Directory:
    """The root, with everything in its directory; sorted by name."""
    root = Directory("/")
    for file in sorted(files, key=lambda file: file.path):
        parts = file.path.strip("/").split("/")
        parts = [*parts[:DEEPEST], parts[-1]] if len(parts) > DEEPEST else parts
        above = [root]
        for part in parts if file.type is FileType.DIRECTORY else parts[:-1]:
            above.append(above[-1].directories.setdefault(part, Directory(part)))
        if file.type is FileType.DIRECTORY:
            continue
        above[-1].files.append(file)
        for directory in above:
            directory.count += 1
            directory.size += file.size
    return root
