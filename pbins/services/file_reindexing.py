"""What tarballs of channels install and link, made anew: many rows at once, in an index's order."""

from collections import defaultdict
from collections.abc import Collection, Iterator

from pbins.models import FileName, IndexedEntry, Soname, TarballListing
from pbins.services.file_index import FilePlace, directories_at, links_in, package_in, places_in
from pbins.services.listing_rows import files_of
from pbins.services.package_rows import Name, package_rows_of
from pbins.services.parts import in_parts

_SORTED_AT_ONCE = 500_000
"""The more, the fewer times all of an index is gone through; each takes about 200 bytes."""

_WRITTEN_AT_ONCE = 5_000


def index_all_listings() -> int:
    """Read each listing of what a channel holds, and tell how many; of none is anything indexed."""
    rows = _Rows()
    count = 0
    for package, tarballs in _packages():
        places: set[FilePlace] = set()
        for part in in_parts(tarballs):
            for listing in TarballListing.objects.filter(tarball__in=part).iterator(100):
                files = files_of(listing)
                places.update(places_in(files))
                rows.links += [(*link, listing.tarball_id) for link in links_in(files)]
                count += 1
        if package is not None:
            rows.add_places(package, places)
        if len(rows.names) + len(rows.links) >= _SORTED_AT_ONCE:
            rows.write()
    rows.write()
    return count


class _Rows:
    """Rows that wait to be written, as (name, directory, package) and as their links are told."""

    def __init__(self) -> None:
        self.names: list[tuple[str, int, int]] = []
        self.links: list[tuple[str, bool, int, int]] = []
        self._directories: dict[str, int] = {}

    def add_places(self, package: int, places: Collection[FilePlace]) -> None:
        fresh = {directory for directory, _ in places} - self._directories.keys()
        self._directories |= {path: row.pk for path, row in directories_at(fresh).items()}
        self.names += [(name, self._directories[path], package) for path, name in places]

    def write(self) -> None:
        """Write what waits, and forget it; what somebody else wrote meanwhile stays."""
        self.names.sort()
        for names in in_parts(self.names, at_once=_WRITTEN_AT_ONCE):
            FileName.objects.bulk_create(
                [
                    FileName(name=name, directory_id=directory, package_id=package)
                    for name, directory, package in names
                ],
                ignore_conflicts=True,
            )
        self.links.sort()
        for links in in_parts(self.links, at_once=_WRITTEN_AT_ONCE):
            Soname.objects.bulk_create(
                [
                    Soname(name=name, is_provided=is_provided, bits=bits, tarball_id=tarball)
                    for name, is_provided, bits, tarball in links
                ],
                ignore_conflicts=True,
            )
        self.names, self.links = [], []


def _packages() -> Iterator[tuple[int | None, list[int]]]:
    """Packages with the tarballs of theirs that channels hold; none for tarballs of no package."""
    tarballs: dict[Name | None, list[int]] = defaultdict(list)
    held = IndexedEntry.objects.exclude(tarball=None).order_by().values("tarball")
    listed = TarballListing.objects.filter(tarball__in=held).order_by("tarball")
    columns = ("tarball", "tarball__name", "tarball__repository__name")
    for key, name, repository in listed.values_list(*columns):
        tarballs[package_in(name, repository)].append(key)
    if None in tarballs:
        yield None, tarballs.pop(None)
    for part in in_parts(name for name in tarballs if name is not None):
        for name, package in package_rows_of(part).items():
            yield package.pk, tarballs[name]
