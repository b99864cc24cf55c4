"""How one version in one channel looks as JSON, with everything that its page says."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse

from pbins.api.shapes import change_shape, entry_shape
from pbins.models import Change, Entry, Tarball
from pbins.paludis.options import Option
from pbins.services.dependency_lines import Answer, Line, Section
from pbins.services.descriptions import describe
from pbins.services.linkage import Sonames, sonames_of
from pbins.services.provenance import Provenance, provenance_of
from pbins.services.repositories import consumer_snippet, install_command
from pbins.services.satisfying import answered, unmet


def version_shape(entry: Entry, history: Sequence[Change]) -> dict[str, Any]:
    """One version in one channel, with everything that its pbin says."""
    pbin, description = entry.pbin, describe(entry.pbin)
    file = description.file
    sections = answered(description.dependencies, channel=entry.channel, options=description.chosen)
    return entry_shape(entry) | {
        "summary": pbin.summary,
        "description": file.description,
        "homepages": [address.text for address in description.homepages],
        "links": {title: [one.text for one in found] for title, found in description.links},
        "licences": pbin.licences,
        "platforms": pbin.platforms.split(),
        "options": [_option(one) for group in description.options for one in group.options],
        "dependencies": [_section(section) for section in sections],
        "satisfied": not unmet(sections),
        "sonames": _sonames(sonames_of(pbin.tarball, entry.channel)),
        "chost": file.chost,
        "cflags": file.cflags,
        "generated": {"using": file.generated_using, "from": pbin.generated_from},
        "provenance": _provenance(provenance_of(entry, file, history)),
        "tarball": _tarball(entry.channel.repository.name, pbin.tarball),
        "install": install_command(entry),
        "configuration": consumer_snippet(entry.channel),
        "pbin": {
            "number": pbin.pk,
            "path": pbin.path,
            "sha256": pbin.digest,
            "fields": dict(file.fields),
        },
        "problems": list(description.problems),
        "history": [change_shape(change) for change in history],
    }


def _tarball(repository: str, tarball: Tarball | None) -> dict[str, Any] | None:
    if tarball is None:
        return None
    path = reverse("tarball", args=(repository, tarball.name))
    return {
        "name": tarball.name,
        "size": tarball.size,
        "sha256": tarball.sha256,
        "sha512": tarball.sha512,
        "downloads": tarball.downloads,
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
        "answer": _answer(line.answer) if line.answer else None,
    }


def _answer(answer: Answer) -> dict[str, Any]:
    """``met``: here, account (hosts make it), elsewhere (a channel), source, or nowhere."""
    return {
        "met": answer.met.value,
        "version": answer.version or None,
        "place": answer.place or None,
    }


def _sonames(sonames: Sonames) -> dict[str, Any]:
    return {
        "provided": [one.name for one in sonames.provided],
        "needed": [
            {
                "name": one.name,
                "bits": one.bits or None,
                "own": one.is_own,
                "providers": [f"{provider.name}-{provider.version}" for provider in one.providers],
            }
            for one in sonames.needed
        ],
    }


def _provenance(found: Provenance) -> dict[str, Any]:
    publication = found.publication
    return {
        "run": found.run.pk if found.run else None,
        "source_commit": found.source_commit or None,
        "publication": publication.pk if publication else None,
        "commit": publication.commit if publication else None,
        "signed": publication.is_signed if publication else False,
        "toolchain": dict(found.toolchain),
    }
