"""How rows look as JSON. Times are ISO 8601 in UTC, sizes in bytes, addresses absolute."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from pbins.models import Change, Entry

Shape = dict[str, Any]
"""What becomes one JSON object: plain values under names."""


def entry_shape(entry: Entry) -> Shape:
    """One version in one channel, as in a list."""
    tarball, built = entry.pbin.tarball, entry.pbin.generated_at
    return {
        "name": entry.name,
        "version": entry.version,
        "slot": entry.pbin.slot,
        "repository": entry.channel.repository.name,
        "channel": entry.channel.name,
        "served": not entry.withheld,
        "withheld": entry.withheld,
        "since": entry.since.isoformat(),
        "built": built.isoformat() if built else None,
        "size": tarball.size if tarball else None,
        "url": version_address(entry),
    }


def change_shape(change: Change) -> Shape:
    """One row of the ledger."""
    return {
        "id": change.pk,
        "kind": change.kind,
        "name": change.name,
        "version": change.version,
        "slot": change.slot,
        "repository": change.channel.repository.name,
        "channel": change.channel.name,
        "at": change.at.isoformat(),
        "publication": change.publication_id,
        "commit": change.publication.commit,
        "run": change.publication.run_id,
    }


def version_address(entry: Entry) -> str:
    place = (entry.channel.repository.name, entry.channel.name, entry.category, entry.package)
    return settings.PBINS_BASE_URL + reverse("version_page", args=(*place, entry.version))
