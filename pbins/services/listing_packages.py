"""The packages that a search finds, as rows to show: counted once, read a page at a time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import overload

from pbins.models import IndexedEntry, Package
from pbins.paludis.errors import ParseError
from pbins.paludis.names import PackageId
from pbins.services.matching import matching_packages, matching_versions
from pbins.services.searching import Search
from pbins.services.sorting import packages_between
from pbins.services.word_search import with_file


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A package with its newest version among those that were looked for.

    ``size`` is in bytes, of the largest of those. ``file`` is a path for which it was found, where
    nothing else tells why it was.
    """

    package: Package
    newest: IndexedEntry
    versions: int
    repositories: tuple[str, ...]
    since: datetime
    size: int | None
    file: str = ""

    @property
    def name(self) -> str:
        return self.package.name

    @property
    def version(self) -> str:
        return self.newest.entry.version

    @property
    def more_repositories(self) -> int:
        return len(self.repositories) - 1


class Found(Sequence[PackageRow]):
    """What a search finds, for a paginator: counted once, and only the rows of a page are read."""

    def __init__(self, search: Search) -> None:
        self.search = search

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, wanted: int) -> PackageRow: ...

    @overload
    def __getitem__(self, wanted: slice) -> list[PackageRow]: ...

    def __getitem__(self, wanted: int | slice) -> PackageRow | list[PackageRow]:
        if isinstance(wanted, int):
            return self[wanted : wanted + 1][0]
        start, stop, _ = wanted.indices(len(self))
        packages = packages_between(self.search, start=start, stop=stop, count=len(self))
        return _rows(self.search, packages)

    @cached_property
    def _count(self) -> int:
        return matching_packages(self.search).count()


def exact_match(search: Search) -> Package | None:
    """The package whose name was typed, whole, and with nothing else asked: no list is needed.

    Without its category only where no other has that name; a version may follow it.
    """
    if search.asked.keys() != {"q"} or len(search.words) != 1:
        return None
    word = search.words[0]
    if "/" not in word:
        found = list(Package.objects.present().filter(package=word)[:2])
        return found[0] if len(found) == 1 else None
    names = {word, _name_of_version(word)}
    return Package.objects.present().filter(name__in=names).first()


def _name_of_version(word: str) -> str:
    try:
        return str(PackageId.parse(word).name)
    except ParseError:
        return word


def _rows(search: Search, packages: Iterable[Package]) -> list[PackageRow]:
    by_key = {package.pk: package for package in packages}
    versions = matching_versions(search)
    held = IndexedEntry.objects.all() if versions is None else versions
    found: dict[int, list[IndexedEntry]] = defaultdict(list)
    of_page = held.filter(package__in=by_key.keys(), channel__removed_at=None)
    for indexed in of_page.select_related("entry", "channel__repository"):
        found[indexed.package_id].append(indexed)
    files = _files(search, by_key.values())
    return [
        _row(package, found[key], files.get(key, ""))
        for key, package in by_key.items()
        if found[key]  # gone since it was counted
    ]


def _row(package: Package, held: list[IndexedEntry], file: str) -> PackageRow:
    newest = max(held, key=_worth)
    names = sorted({indexed.channel.repository.name for indexed in held})
    first = newest.channel.repository.name
    return PackageRow(
        package,
        newest,
        versions=len({indexed.entry.version_key for indexed in held}),
        repositories=(first, *(name for name in names if name != first)),
        since=max(indexed.since for indexed in held),
        size=max((one.size for one in held if one.size is not None), default=None),
        file=file,
    )


def _worth(indexed: IndexedEntry) -> tuple[str, bool, datetime]:
    """The newest, and of the same version one that hosts are given."""
    return indexed.entry.version_key, not indexed.is_withheld, indexed.since


def _files(search: Search, packages: Collection[Package]) -> dict[int, str]:
    """Paths by which those packages were found whose name and summary do not tell."""
    found: dict[int, str] = {}
    for word in search.words:
        silent = [one.pk for one in packages if not _tells(one, word)]
        files = with_file(word).filter(package__in=silent).select_related("directory")
        for file in files.order_by("directory__path"):
            found.setdefault(file.package_id, f"{file.directory.path.rstrip('/')}/{file.name}")
    return found


def _tells(package: Package, word: str) -> bool:
    return word.lower() in f"{package.name} {package.summary}".lower()
