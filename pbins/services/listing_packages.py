"""The packages that a search finds, as rows to show: counted once, read a page at a time."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import NamedTuple, overload

from pbins.models import Channel, IndexedEntry, Package
from pbins.paludis.errors import ParseError
from pbins.paludis.names import PackageId
from pbins.services.matching import count_packages, matching_packages, matching_versions
from pbins.services.searching import Search
from pbins.services.sorting import in_order, packages_between, packages_with
from pbins.services.word_search import with_file

COLUMNS = (
    "entry__version_key",
    "entry__version",
    "slot",
    "is_withheld",
    "since",
    "built_at",
    "size",
)


class Held(NamedTuple):
    """A version that a channel holds, and then what COLUMNS say of it. ``size`` is in bytes."""

    channel: Channel
    version_key: str
    version: str
    slot: str
    is_withheld: bool
    since: datetime
    built_at: datetime | None
    size: int | None

    @property
    def worth(self) -> tuple[str, bool, datetime]:
        """The newest, and of the same version one that hosts are given."""
        return self.version_key, not self.is_withheld, self.since


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A package with its newest version among those that were looked for.

    ``size`` is in bytes, of the largest of those. ``file`` is a path for which it was found, where
    nothing else tells why it was.
    """

    package: Package
    newest: Held
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
        return self.newest.version

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
        if self._keys is not None:
            packages = packages_with(self._keys[start:stop])
        else:
            packages = packages_between(self.search, start=start, stop=stop, count=len(self))
        return _rows(self.search, packages)

    @cached_property
    def _count(self) -> int:
        return count_packages(self.search) if self._keys is None else len(self._keys)

    @cached_property
    def _keys(self) -> list[int] | None:
        """Of all that is found, in order, where only words are looked for.

        To count what has some words is as much work as to find it.
        """
        if not self.search.words or matching_versions(self.search) is not None:
            return None
        found = in_order(matching_packages(self.search), self.search)
        return list(found.values_list("pk", flat=True))


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
    found = _held(search, by_key)
    files = _files(search, by_key.values())
    return [
        _row(package, found[key], files.get(key, ""))
        for key, package in by_key.items()
        if found[key]  # gone since it was counted
    ]


def _held(search: Search, packages: Iterable[int]) -> dict[int, list[Held]]:
    """The versions that were looked for; as columns, for models would take most of the time."""
    channels = Channel.objects.select_related("repository").in_bulk()
    versions = matching_versions(search)
    entries = IndexedEntry.objects.all() if versions is None else versions
    of_page = entries.filter(package__in=list(packages), channel__in=channels)
    found: dict[int, list[Held]] = defaultdict(list)
    for package, channel, *values in of_page.values_list("package", "channel", *COLUMNS):
        found[package].append(Held(channels[channel], *values))
    return found


def _row(package: Package, held: list[Held], file: str) -> PackageRow:
    newest = max(held, key=lambda version: version.worth)
    names = sorted({version.channel.repository.name for version in held})
    first = newest.channel.repository.name
    return PackageRow(
        package,
        newest,
        versions=len({version.version_key for version in held}),
        repositories=(first, *(name for name in names if name != first)),
        since=max(version.since for version in held),
        size=max((one.size for one in held if one.size is not None), default=None),
        file=file,
    )


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
