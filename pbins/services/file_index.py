"""What tarballs install and link, to be found by: kept as their listings are kept."""

from collections.abc import Collection, Iterator, Sequence

from django.db import transaction

from pbins.models import Directory, FileName, IndexedEntry, Package, Soname, Tarball
from pbins.paludis.errors import ParseError
from pbins.paludis.names import RepositoryName, TarballName
from pbins.services.indexing import in_parts, package_rows_of
from pbins.storage.tarball import FileType, TarballFile

LONGEST_DIRECTORY = 500
LONGEST_NAME = 255

FilePlace = tuple[str, str]
"""A directory, absolute, and the name of a file in it."""


@transaction.atomic
def index_files(tarball: Tarball, files: Sequence[TarballFile]) -> None:
    """Have the files of a tarball found; twice is as once."""
    IndexedEntry.objects.filter(tarball=tarball).update(size=tarball.size)
    Soname.objects.filter(tarball=tarball).delete()
    Soname.objects.bulk_create(_sonames(tarball, files), batch_size=500)
    package = _package(tarball)
    if package is not None:
        _write_names(package, set(_places(files)))


def place_of_file(path: str) -> FilePlace:
    """``usr/bin/foo`` as (``/usr/bin``, ``foo``)."""
    directory, _, name = path.strip("/").rpartition("/")
    return f"/{directory}", name


def _sonames(tarball: Tarball, files: Sequence[TarballFile]) -> list[Soname]:
    found = set()
    for file in files:
        linkage = file.linkage
        if linkage.soname:
            found.add((linkage.soname, True, linkage.bits))
        found |= {(name, False, linkage.bits) for name in linkage.needed}
    return [
        Soname(tarball=tarball, name=name, is_provided=is_provided, bits=bits)
        for name, is_provided, bits in sorted(found)
        if len(name) <= LONGEST_NAME
    ]


def _package(tarball: Tarball) -> Package | None:
    """The package that a tarball's name says it is of; none for one that was named otherwise."""
    try:
        name = TarballName.parse(tarball.name, RepositoryName(tarball.repository.name)).name
    except ParseError:
        return None
    pair = (str(name.category), str(name.package))
    return package_rows_of([pair])[pair]


def _places(files: Sequence[TarballFile]) -> Iterator[FilePlace]:
    for file in files:
        directory, name = place_of_file(file.path)
        is_short = len(directory) <= LONGEST_DIRECTORY and len(name) <= LONGEST_NAME
        if file.type is not FileType.DIRECTORY and name and is_short:
            yield directory, name


def _write_names(package: Package, places: set[FilePlace]) -> None:
    known = set(package.files.values_list("directory__path", "name"))
    fresh = sorted(places - known)
    directories = _directories({directory for directory, _ in fresh})
    FileName.objects.bulk_create(
        [
            FileName(package=package, directory=directories[directory], name=name)
            for directory, name in fresh
        ],
        ignore_conflicts=True,  # two builds of a package may be read at once
        batch_size=500,
    )


def _directories(paths: Collection[str]) -> dict[str, Directory]:
    found: dict[str, Directory] = {}
    for part in in_parts(sorted(paths)):
        rows = Directory.objects.filter(path__in=part)
        found |= {row.path: row for row in rows}
        fresh = [Directory(path=path) for path in part if path not in found]
        if fresh:
            Directory.objects.bulk_create(fresh, ignore_conflicts=True)
            found |= {row.path: row for row in rows.all()}
    return found
