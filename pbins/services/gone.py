"""What a channel held once and does not any more: what became of it, and where it is now."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet

from pbins.models import Change, Channel, Entry
from pbins.paludis.versions import Version
from pbins.services.browsing import entries_of, is_version, ledger_of

OTHERS = 30


@dataclass(frozen=True, slots=True)
class Gone:
    """A version as the ledger knows it: ``changes``, the newest first, never empty.

    ``elsewhere`` are channels' entries of the same version, ``others`` some of other versions.
    """

    changes: Sequence[Change]
    elsewhere: Sequence[Entry]
    others: Sequence[Entry]


def channel_ever_at(repository: str, name: str) -> Channel | None:
    """The channel of that name, or the last one that was removed and had it."""
    found = Channel.ever.filter(repository__name=repository, name=name)
    ordered = found.order_by(F("removed_at").desc(nulls_first=True), "-pk")
    return ordered.select_related("repository").first()


def gone_from(channel: Channel, category: str, package: str, version: Version) -> Gone | None:
    """From a channel, and from those that had its name before; None for what never was in one."""
    named = ledger_of(f"{category}/{package}").filter(
        channel__repository=channel.repository_id, channel__name=channel.name
    )
    return _gone(named, category, package, version)


def gone_everywhere(category: str, package: str, version: Version) -> Gone | None:
    """From every channel; None for what never was in one."""
    return _gone(ledger_of(f"{category}/{package}"), category, package, version)


def _gone(ledger: QuerySet[Change], category: str, package: str, version: Version) -> Gone | None:
    changes = [change for change in ledger if is_version(change.version, version)]
    if not changes:
        return None
    entries, key = entries_of(category, package), version.sort_key
    same, others = entries.filter(version_key=key), entries.exclude(version_key=key)
    return Gone(changes, list(same), list(others[:OTHERS]))
