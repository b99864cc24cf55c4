"""Looking things up in the catalogue, in a number of queries that does not grow with the rows."""

from collections.abc import Collection

from django.db.models import QuerySet

from pbins.models import Change, Channel, Entry
from pbins.models.catalogue import EntryQuerySet
from pbins.paludis.errors import ParseError
from pbins.paludis.versions import Version


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
    return [change for change in changes if is_version(change.version, version)]


def known_packages(names: Collection[str]) -> frozenset[str]:
    """Those of the names (`cat/pkg`) that the catalogue has."""
    pairs = [name.split("/", 1) for name in names]
    found = Entry.objects.order_by().filter(
        category__in={category for category, _ in pairs},
        package__in={package for _, package in pairs},
    )
    known = found.values_list("category", "package").distinct()
    return frozenset(f"{category}/{package}" for category, package in known)


def is_version(text: str, version: Version) -> bool:
    """Whether a text is that version, however it is written."""
    try:
        return Version(text) == version
    except ParseError:
        return False
