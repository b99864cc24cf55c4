"""Reading the lists: those that are kept, and the two that the catalogue's own rows give."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from pbins.models import Channel, ListedVersion, ListKind, ListState, Package

MEANINGS = {
    ListKind.UNNEEDED: "No version that the same channel gives hosts needs them, to run or to be"
    " built, with the options that it has: what people install for its own sake, and what could"
    " go.",
    ListKind.UNSATISFIED: "No channel has it, and no source repository of a builder: hosts can't"
    " install the version as it is.",
    ListKind.SOURCE_ONLY: "Their channel lacks it, but another one has it, or a source repository:"
    " a host that installs the version would build the dependency itself.",
    ListKind.SONAMES: "Files are linked with a library that nothing in the channel provides; it may"
    " be a dependency nobody wrote down, or something the base system brings.",
    ListKind.MARCH: "Most of the channel was built for one -march, these for another; versions"
    " without any are left out.",
    ListKind.LAGGING: "The source repository that the newest binary of the slot was made from has a"
    " newer version, which is neither masked on the builder nor built from a moving source.",
    ListKind.SLOWEST: "How long the latest successful build of each package took.",
    ListKind.LARGEST: "By the size of the newest version's tarball.",
    ListKind.NEWEST: "The packages that a channel was given a version of last.",
}
LIVE: dict[ListKind, tuple[str, str]] = {
    ListKind.LARGEST: ("-size", "size__isnull"),
    ListKind.NEWEST: ("-since", "since__isnull"),
}
"""Lists that are not kept: the order of packages, and what leaves one out."""
MOST_LIVE = 1000
UNITS = {
    ListKind.LARGEST: "bytes",
    ListKind.SLOWEST: "seconds",
    ListKind.SONAMES: "sonames",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A version on a list; ``channel`` is None on lists of whole packages."""

    category: str
    package: str
    version: str
    channel: Channel | None
    details: str = ""
    amount: int | None = None
    at: datetime | None = None

    @property
    def name(self) -> str:
        return f"{self.category}/{self.package}"


@dataclass(frozen=True, slots=True)
class Overview:
    """A list with how much is on it and when it was made; None where it is always true."""

    kind: ListKind
    count: int
    made_at: datetime | None

    @property
    def meaning(self) -> str:
        return MEANINGS[self.kind]


def overviews() -> list[Overview]:
    """Every list: two queries."""
    states = {state.kind: state for state in ListState.objects.all()}
    packages = Package.objects.order_by().present()[:MOST_LIVE].count()
    return [
        Overview(kind, packages, None)
        if kind in LIVE
        else Overview(kind, states[kind].count, states[kind].made_at)
        if kind in states
        else Overview(kind, 0, None)
        for kind in ListKind
    ]


def rows_of(
    kind: ListKind, channel: Channel | None = None
) -> QuerySet[ListedVersion] | QuerySet[Package]:
    """For a paginator; ``shown`` makes rows of those of a page."""
    if kind in LIVE:
        order, lacks = LIVE[kind]
        found = Package.objects.present().filter(**{lacks: False})
        return found.order_by(order, "category", "package")[:MOST_LIVE]
    listed = ListedVersion.objects.filter(kind=kind).select_related("channel__repository")
    if channel is not None:
        listed = listed.filter(channel=channel)
    return listed.order_by("position")


def shown(page: Iterable[Any]) -> list[Row]:
    """What `rows_of` gave, as rows."""
    return [_of_package(one) if isinstance(one, Package) else _of_version(one) for one in page]


def channels_on(kind: ListKind) -> list[tuple[Channel, int]]:
    """The channels that a kept list tells of, with how many rows."""
    rows = ListedVersion.objects.filter(kind=kind).order_by().values("channel")
    counts = {row["channel"]: row["rows"] for row in rows.annotate(rows=Count("pk"))}
    channels = Channel.objects.filter(pk__in=counts).select_related("repository")
    return [(channel, counts[channel.pk]) for channel in channels]


def _of_package(row: Package) -> Row:
    return Row(row.category, row.package, row.newest, None, row.summary, row.size, row.since)


def _of_version(row: ListedVersion) -> Row:
    return Row(row.category, row.package, row.version, row.channel, row.details, row.amount)
