"""How rows look as JSON. Times are ISO 8601 in UTC, sizes in bytes, addresses absolute."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from pbins.models import Change, Entry, Tarball
from pbins.paludis.options import Option
from pbins.services.dependency_lines import Line, Section
from pbins.services.descriptions import describe
from pbins.services.repositories import install_command


def entry_shape(entry: Entry) -> dict[str, Any]:
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
        "url": _version_address(entry),
    }


def version_shape(entry: Entry, history: Sequence[Change]) -> dict[str, Any]:
    """One version in one channel, with everything that its pbin says."""
    pbin, description = entry.pbin, describe(entry.pbin)
    file = description.file
    return entry_shape(entry) | {
        "summary": pbin.summary,
        "description": file.description,
        "homepages": [address.text for address in description.homepages],
        "licences": pbin.licences,
        "platforms": pbin.platforms.split(),
        "options": [_option(one) for group in description.options for one in group.options],
        "dependencies": [_section(section) for section in description.dependencies],
        "chost": file.chost,
        "cflags": file.cflags,
        "generated": {"using": file.generated_using, "from": pbin.generated_from},
        "tarball": _tarball(entry.channel.repository.name, pbin.tarball),
        "install": install_command(entry),
        "pbin": {"path": pbin.path, "sha256": pbin.digest, "fields": dict(file.fields)},
        "problems": list(description.problems),
        "history": [change_shape(change) for change in history],
    }


def change_shape(change: Change) -> dict[str, Any]:
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


def _version_address(entry: Entry) -> str:
    place = (entry.channel.repository.name, entry.channel.name, entry.category, entry.package)
    return settings.PBINS_BASE_URL + reverse("version_page", args=(*place, entry.version))


def _tarball(repository: str, tarball: Tarball | None) -> dict[str, Any] | None:
    if tarball is None:
        return None
    path = reverse("tarball", args=(repository, tarball.name))
    return {
        "name": tarball.name,
        "size": tarball.size,
        "sha256": tarball.sha256,
        "sha512": tarball.sha512,
        "url": settings.PBINS_BASE_URL + path if tarball.is_present else None,
    }


def _option(option: Option) -> dict[str, Any]:
    return {
        "name": option.name,
        "on": option.enabled,
        "description": option.description,
        "conditions": list(option.conditions),
        "number_selected": option.number_selected,
        "requires": option.requires,
    }


def _section(section: Section) -> dict[str, Any]:
    return {"label": section.label, "lines": [_line(line) for line in section.lines]}


def _line(line: Line) -> dict[str, Any]:
    return {
        "depth": line.depth,
        "text": line.text,
        "package": line.package or None,
        "heading": line.is_heading,
        "blocker": line.is_blocker,
        "applies": line.applies,
        "note": line.note,
    }
