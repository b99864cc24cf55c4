"""One directory of what a tarball installs, however many files lie elsewhere in it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pbins.models import TarballListing
from pbins.services.listing_rows import file_of, rows_of
from pbins.storage.tarball import FileType, TarballFile


@dataclass(frozen=True, slots=True)
class Below:
    """A directory with how much is in it and further down, in bytes."""

    name: str
    path: str
    count: int
    size: int


@dataclass(frozen=True, slots=True)
class Level:
    """What lies directly in the directory ``path``, which is empty for the root."""

    path: str
    directories: tuple[Below, ...]
    files: tuple[TarballFile, ...]

    @property
    def count(self) -> int:
        return len(self.files) + sum(below.count for below in self.directories)

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files) + sum(one.size for one in self.directories)


def level_of(listing: TarballListing, under: str = "") -> Level | None:
    """The directory ``under``; None where there is none."""
    rows = rows_of(listing)
    path = under.strip("/")
    prefix = f"{path}/" if path else ""
    directories: dict[str, tuple[int, int]] = {}
    files: list[TarballFile] = []
    for name, rest, row in _below(rows, prefix):
        is_directory = row[1] == FileType.DIRECTORY
        if not rest and not is_directory:
            files.append(file_of(*row))
            continue
        count, size = directories.get(name, (0, 0))
        directories[name] = (count, size) if is_directory else (count + 1, size + row[2])
    if not directories and not files:
        return None
    return Level(
        path,
        tuple(Below(name, prefix + name, *told) for name, told in sorted(directories.items())),
        tuple(sorted(files, key=lambda file: file.path)),
    )


def _below(rows: Iterable[list[Any]], prefix: str) -> Iterable[tuple[str, str, list[Any]]]:
    """Every row under a prefix, with the next part of its path and what follows that."""
    for row in rows:
        path = row[0].strip("/")
        if path.startswith(prefix) and len(path) > len(prefix):
            name, _, rest = path[len(prefix) :].partition("/")
            yield name, rest, row
