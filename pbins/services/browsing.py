"""Looking things up in the catalogue, in a number of queries that does not grow with the rows."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from pbins.models import Change, Channel, Entry
from pbins.models.catalogue import EntryQuerySet
from pbins.paludis.errors import ParseError
from pbins.paludis.versions import Version

LONGEST_QUERY = 200
MOST_WORDS = 8
ORDERS: Mapping[str, tuple[str, ...]] = {
    "name": ("category", "package"),
    "newest": ("-since", "category", "package"),
}


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. ``words`` must all be found in the name or the summary."""

    words: str = ""
    category: str = ""
    repository: str = ""
    order: str = "name"

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> "Search":
        """Read ``q``, ``category``, ``repository`` and ``order``, whatever they hold."""
        order = query.get("order", "")
        return cls(
            query.get("q", "").replace("\0", "").strip()[:LONGEST_QUERY],
            query.get("category", "").replace("\0", ""),
            query.get("repository", "").replace("\0", ""),
            order if order in ORDERS else "name",
        )


@dataclass(frozen=True, slots=True)
class PackageRow:
    """A package with its newest version among those looked for."""

    category: str
    package: str
    newest: Entry
    versions: int
    repositories: tuple[str, ...]
    since: datetime

    @property
    def name(self) -> str:
        return f"{self.category}/{self.package}"

    @property
    def more_repositories(self) -> int:
        return len(self.repositories) - 1


def matching(search: Search, *, in_category: bool = True) -> EntryQuerySet:
    """Entries that are looked for, in no order."""
    found = Entry.objects.order_by()
    if search.category and in_category:
        found = found.filter(category=search.category)
    if search.repository:
        found = found.filter(channel__repository__name=search.repository)
    for word in search.words.split()[:MOST_WORDS]:
        found = found.filter(_has(word))
    return found


def packages(search: Search) -> QuerySet[Any, Any]:
    """One row a package, for a paginator; ``package_rows`` completes those of a page."""
    by_package = matching(search).values("category", "package")
    counted = by_package.annotate(
        newest=Max("version_key"),
        versions=Count("version_key", distinct=True),
        since=Max("since"),
    )
    return counted.order_by(*ORDERS[search.order])


def package_rows(search: Search, page: Iterable[Mapping[str, Any]]) -> list[PackageRow]:
    """The rows of a page with their newest entries: one query."""
    wanted = list(page)
    entries: dict[tuple[str, str], list[Entry]] = {}
    for entry in _newest(search, wanted):
        entries.setdefault((entry.category, entry.package), []).append(entry)
    return [
        PackageRow(
            row["category"],
            row["package"],
            _most_useful(entries[row["category"], row["package"]]),
            row["versions"],
            tuple(
                dict.fromkeys(
                    entry.channel.repository.name
                    for entry in entries[row["category"], row["package"]]
                )
            ),
            row["since"],
        )
        for row in wanted
    ]


def categories(search: Search) -> list[tuple[str, int]]:
    """Every category in which something is found, with how many packages."""
    counted = matching(search, in_category=False).values("category")
    counted = counted.annotate(packages=Count("package", distinct=True)).order_by("category")
    return [(row["category"], row["packages"]) for row in counted]


def entries_of(category: str, package: str) -> EntryQuerySet:
    """Every version in every channel, the newest first, without the texts of the pbins."""
    found = Entry.objects.of_package(category, package).with_files().defer("pbin__text")
    return found.order_by("-version_key", "channel__repository__name", "channel__name")


def entry_at(channel: Channel, category: str, package: str, version: Version) -> Entry | None:
    """The entry of that version, however it is written: 1.0 is 1.0-r0."""
    found = channel.entries.of_package(category, package).with_files()
    found = found.select_related("pbin__tarball__listing")
    return found.filter(version_key=version.sort_key).first()


def ledger_of(name: str) -> QuerySet[Change]:
    """What has happened to a package, the newest first."""
    return Change.objects.filter(name=name).select_related(
        "channel__repository", "publication__run"
    )


def ledger_of_version(channel: Channel, name: str, version: Version) -> list[Change]:
    """What has happened to one version in a channel, the newest first."""
    changes = ledger_of(name).filter(channel=channel)
    return [change for change in changes if _is(change.version, version)]


def known_packages(names: Collection[str]) -> frozenset[str]:
    """Those of the names (`cat/pkg`) that the catalogue has."""
    pairs = [name.split("/", 1) for name in names]
    found = Entry.objects.order_by().filter(
        category__in={category for category, _ in pairs},
        package__in={package for _, package in pairs},
    )
    known = found.values_list("category", "package").distinct()
    return frozenset(f"{category}/{package}" for category, package in known)


def _has(word: str) -> Q:
    category, slash, package = word.partition("/")
    if slash:
        return Q(category__iendswith=category, package__istartswith=package)
    return (
        Q(package__icontains=word) | Q(category__icontains=word) | Q(pbin__summary__icontains=word)
    )


def _newest(search: Search, rows: list[Mapping[str, Any]]) -> EntryQuerySet:
    if not rows:
        return Entry.objects.none()
    places = (
        Q(category=row["category"], package=row["package"], version_key=row["newest"])
        for row in rows
    )
    found = matching(search, in_category=False).filter(reduce(or_, places))
    return found.with_files().defer("pbin__text").order_by("channel__repository__name", "pk")


def _most_useful(entries: list[Entry]) -> Entry:
    """One that hosts are given, if there is one."""
    return next((entry for entry in entries if not entry.withheld), entries[0])


def _is(text: str, version: Version) -> bool:
    try:
        return Version(text) == version
    except ParseError:
        return False
