"""Feeds of new binaries, read from the ledger. Who has the latest is told so from a single row."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from pbins.models import Change, ChangeKind, Entry, Repository
from pbins.services.repositories import install_command
from pbins.web.catalogue_access import visitors
from pbins.web.feeds_formats import FORMATS, Feed, Item

LATEST = 50
EVERYTHING = "all"
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""When a feed that never had an item was updated."""

Changes = QuerySet[Change]


@visitors
def overview(request: HttpRequest) -> HttpResponse:
    """The feeds there are, for people."""
    repositories = Repository.objects.values_list("name", flat=True)
    return render(request, "pbins/feeds_list.html", {"repositories": repositories})


@visitors
def of_repository(request: HttpRequest, scope: str, form: str) -> HttpResponse:
    """New binaries of one repository, or of ``all``."""
    if scope == EVERYTHING:
        return _answer(request, form, _brought(), "New binary packages", reverse("catalogue"))
    changes = _brought().filter(channel__repository__name=scope)
    page = f"{reverse('catalogue')}?repository={scope}"
    known = Repository.objects.filter(name=scope)
    return _answer(request, form, changes, f"New binary packages in {scope}", page, known=known)


@visitors
def of_package(request: HttpRequest, category: str, package: str, form: str) -> HttpResponse:
    """New versions of one package."""
    changes = _brought().filter(name=f"{category}/{package}")
    known = Entry.objects.of_package(category, package)
    title = f"New binaries of {category}/{package}"
    page = reverse("package_page", args=(category, package))
    return _answer(request, form, changes, title, page, known=known)


def _brought() -> Changes:
    return Change.objects.filter(kind__in=(ChangeKind.ADDED, ChangeKind.REPLACED)).order_by("-pk")


def _answer(
    request: HttpRequest,
    form: str,
    changes: Changes,
    title: str,
    page: str,
    *,
    known: "QuerySet[Any] | None" = None,
) -> HttpResponse:
    """The feed, or 304; 404 when there is neither a change nor a row of ``known``."""
    newest = changes.values_list("pk", "at").first()
    if newest is None and known is not None and not known.exists():
        raise Http404("There is no such feed.")
    number, updated = newest or (0, BEGINNING)
    # The addresses in it begin with the portal's own, which can change without any new row.
    base = sha256(settings.PBINS_BASE_URL.encode()).hexdigest()[:8]
    etag = f'"{form}-{number}-{base}"'
    modified = int(updated.timestamp())
    response = get_conditional_response(request, etag=etag, last_modified=modified)
    if response is None:
        feed = _feed(title, page, request.path, updated, changes)
        content_type, written = FORMATS[form].media_type, FORMATS[form].render(feed)
        response = HttpResponse(written, content_type=content_type)
    response.headers["ETag"] = etag
    response.headers["Last-Modified"] = http_date(modified)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _feed(title: str, page: str, path: str, updated: datetime, changes: Changes) -> Feed:
    latest = changes.select_related("channel__repository", "publication", "pbin__tarball")
    latest = latest.defer("pbin__text", "publication__intent", "publication__message")[:LATEST]
    present = Entry.objects.filter(pbin__in=[change.pbin_id for change in latest])
    entries: dict[tuple[int, int | None], Entry] = {
        (entry.channel_id, entry.pbin_id): entry
        for entry in present.select_related("channel__repository")
    }
    return Feed(
        title=title,
        description=f"{title}, the latest first.",
        page=settings.PBINS_BASE_URL + page,
        address=settings.PBINS_BASE_URL + path,
        updated=updated,
        items=tuple(
            _item(change, entries.get((change.channel_id, change.pbin_id))) for change in latest
        ),
    )


def _item(change: Change, entry: Entry | None) -> Item:
    category, _, package = change.name.partition("/")
    repository, channel = change.channel.repository.name, change.channel.name
    address = settings.PBINS_BASE_URL + reverse(
        "version_page", args=(repository, channel, category, package, change.version)
    )
    context = {
        "change": change,
        "tarball": change.pbin.tarball if change.pbin else None,
        "address": address,
        "install": install_command(entry) if entry and not entry.withheld else "",
        "base_url": settings.PBINS_BASE_URL,
    }
    was = "rebuilt in" if change.kind == ChangeKind.REPLACED else "added to"
    place = repository if channel == "master" else f"{repository}/{channel}"
    return Item(
        key=_key(change),
        title=f"{change.name} {change.version} {was} {place}",
        address=address,
        summary=change.summary,
        content=render_to_string("pbins/feeds_item.html", context),
        at=change.at,
        tags=(category, repository),
    )


def _key(change: Change) -> str:
    """The same for ever, also under another address of the portal or out of a restored backup."""
    place = f"{change.publication.commit}/{change.channel.name}"
    return uuid5(NAMESPACE_URL, f"{place}/{change.kind}/{change.name}-{change.version}").urn
