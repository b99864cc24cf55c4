"""What tarballs install and link, to be found by: kept as their listings are kept."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from django.db import transaction
from django.db.models import OuterRef, Subquery

from pbins.models import Directory, FileName, IndexedEntry, Soname, Tarball
from pbins.paludis.errors import ParseError
from pbins.paludis.names import RepositoryName, TarballName
from pbins.services.package_rows import Name, package_rows_of
from pbins.services.parts import in_parts
from pbins.storage.tarball import FileType, TarballFile

LONGEST_DIRECTORY = 500
LONGEST_NAME = 255

Listings = Mapping[Tarball, Sequence[TarballFile]]
FilePlace = tuple[str, str]
"""A directory, absolute, and the name of a file in it."""

NamedFile = tuple[int, str, str]
"""The key of a package, with the place of a file of it."""

Link = tuple[str, bool, int]
"""A soname, whether it is provided or needed, and bits: 32, 64, or 0 where that is not known."""


@transaction.atomic
def index_files(listings: Listings) -> None:
    """Have the files of tarballs found; twice is as once. As many as one statement can name."""
    size = Tarball.objects.filter(pk=OuterRef("tarball")).values("size")
    IndexedEntry.objects.filter(tarball__in=listings.keys()).update(size=Subquery(size))
    Soname.objects.filter(tarball__in=listings.keys()).delete()
    Soname.objects.bulk_create(
        (
            Soname(tarball=tarball, name=name, is_provided=is_provided, bits=bits)
            for tarball, files in listings.items()
            for name, is_provided, bits in links_in(files)
        ),
        batch_size=500,
    )
    _write_names(_places_by_package(listings))


def place_of_file(path: str) -> FilePlace:
    """``usr/bin/foo`` as (``/usr/bin``, ``foo``)."""
    directory, _, name = path.strip("/").rpartition("/")
    return f"/{directory}", name


def links_in(files: Sequence[TarballFile]) -> list[Link]:
    """What files provide to the linker and need from it, each once."""
    found = set()
    for file in files:
        linkage = file.linkage
        if linkage.soname:
            found.add((linkage.soname, True, linkage.bits))
        found |= {(name, False, linkage.bits) for name in linkage.needed}
    return sorted(link for link in found if len(link[0]) <= LONGEST_NAME)


def package_in(tarball: str, repository: str) -> Name | None:
    """The package that a tarball's name says it is of; none for one that was named otherwise."""
    try:
        name = TarballName.parse(tarball, RepositoryName(repository)).name
    except ParseError:
        return None
    return str(name.category), str(name.package)


def directories_at(paths: Collection[str]) -> dict[str, Directory]:
    """Their rows, made where there are none yet."""
    found: dict[str, Directory] = {}
    for part in in_parts(sorted(paths)):
        rows = Directory.objects.filter(path__in=part)
        found |= {row.path: row for row in rows}
        fresh = [Directory(path=path) for path in part if path not in found]
        if fresh:
            Directory.objects.bulk_create(fresh, ignore_conflicts=True)
            found |= {row.path: row for row in rows.all()}
    return found


def places_in(files: Sequence[TarballFile]) -> Iterator[FilePlace]:
    """Where files are that can be found by their names; a place may come twice."""
    return places_at(file.path for file in files if file.type is not FileType.DIRECTORY)


def places_at(paths: Iterable[str]) -> Iterator[FilePlace]:
    """The same, of the paths of files."""
    for path in paths:
        directory, name = place_of_file(path)
        if name and len(directory) <= LONGEST_DIRECTORY and len(name) <= LONGEST_NAME:
            yield directory, name


def add_names(names: Iterable[NamedFile]) -> None:
    """Have files found that could not be before."""
    fresh = sorted(names)
    directories = directories_at({directory for _, directory, _ in fresh})
    FileName.objects.bulk_create(
        (
            FileName(package_id=package, directory=directories[directory], name=name)
            for package, directory, name in fresh
        ),
        ignore_conflicts=True,  # two builds of a package may be read at once
        batch_size=500,
    )


def _places_by_package(listings: Listings) -> dict[int, set[FilePlace]]:
    """What the tarballs of each package install; by its key."""
    names = {tarball: package_in(tarball.name, tarball.repository.name) for tarball in listings}
    packages = package_rows_of({name for name in names.values() if name is not None})
    places: dict[int, set[FilePlace]] = {}
    for tarball, name in names.items():
        if name is not None:
            places.setdefault(packages[name].pk, set()).update(places_in(listings[tarball]))
    return places


def _write_names(places: Mapping[int, set[FilePlace]]) -> None:
    """Add the names of files to the packages of these keys."""
    rows = FileName.objects.filter(package__in=places)
    known = set(rows.values_list("package", "directory__path", "name"))
    wanted = {(package, *place) for package, found in places.items() for place in found}
    add_names(wanted - known)
