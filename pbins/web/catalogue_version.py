"""One version of a package in one channel: everything that its pbin says."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from pbins.models import Change, Channel, Entry
from pbins.paludis.errors import ParseError
from pbins.paludis.versions import Version
from pbins.services.allowing import allow, can_be_allowed
from pbins.services.browsing import entries_of, entry_at, known_packages, ledger_of_version
from pbins.services.descriptions import describe
from pbins.services.errors import Refused
from pbins.services.listings import Directory, as_tree, listing_of
from pbins.services.repositories import install_command
from pbins.web.access import PortalRequest, actions
from pbins.web.catalogue_access import visitors

OTHERS = 30
MOST_FILES = 5000


@dataclass(frozen=True, slots=True)
class Place:
    """What the address of a version names."""

    channel: Channel
    category: str
    package: str
    version: Version

    @property
    def name(self) -> str:
        return f"{self.category}/{self.package}"


@visitors
def version(request: HttpRequest, /, **names: str) -> HttpResponse:
    """The version's page; 410 with what the ledger knows once it was removed."""
    place = find_place(**names)
    entry = entry_at(place.channel, place.category, place.package, place.version)
    if entry is None:
        return _gone(request, place)
    if entry.version != names["version"]:
        return redirect("version_page", **{**names, "version": entry.version}, permanent=True)
    description = describe(entry.pbin)
    changes = ledger_of_version(place.channel, place.name, place.version)
    context = {
        "entry": entry,
        "pbin": entry.pbin,
        "tarball": entry.pbin.tarball,
        "channel": place.channel,
        "repository": place.channel.repository,
        "description": description,
        "known": known_packages(description.packages),
        "install": install_command(entry),
        "changes": changes,
        "origin": _origin(entry, changes),
        "others": _others(place, entry),
        "files": _files(entry),
        "can_be_allowed": can_be_allowed(entry),
    }
    return render(request, "pbins/version_page.html", context)


@actions
def version_allow(request: PortalRequest, /, **names: str) -> HttpResponse:
    """What looked like a secret is none: the version is given to hosts."""
    place = find_place(**names)
    entry = entry_at(place.channel, place.category, place.package, place.version)
    if entry is None:
        raise Http404(f"There is no {place.name}-{place.version} in {place.channel}.")
    try:
        allow(entry=entry, asked_by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{entry.name}-{entry.version} is given to hosts.")
    return redirect(reverse("version_page", kwargs=names))


@visitors
def version_text(request: HttpRequest, /, **names: str) -> HttpResponse:
    """The pbin itself, as the builder wrote it."""
    place = find_place(**names)
    entry = entry_at(place.channel, place.category, place.package, place.version)
    if entry is None:
        return _gone(request, place)
    return HttpResponse(entry.pbin.text, content_type="text/plain; charset=utf-8")


def find_place(repository: str, channel: str, category: str, package: str, version: str) -> Place:
    """Raises Http404 where there is no such channel, or the version can't be one."""
    found = get_object_or_404(
        Channel.objects.select_related("repository"), repository__name=repository, name=channel
    )
    try:
        return Place(found, category, package, Version(version))
    except ParseError as error:
        raise Http404(f"{version} is not a version.") from error


def _gone(request: HttpRequest, place: Place) -> HttpResponse:
    changes = ledger_of_version(place.channel, place.name, place.version)
    if not changes:
        raise Http404(f"There is no {place.name}-{place.version} in {place.channel}.")
    context = {
        "name": place.name,
        "category": place.category,
        "package": place.package,
        "version": place.version,
        "channel": place.channel,
        "changes": changes,
        "last": changes[0],
        "others": entries_of(place.category, place.package)[:OTHERS],
    }
    return render(request, "pbins/version_gone.html", context, status=410)


def _origin(entry: Entry, changes: list[Change]) -> Change | None:
    """The change that brought what the channel holds now."""
    return next((change for change in changes if change.pbin_id == entry.pbin_id), None)


def _files(entry: Entry) -> Directory | None:
    listing = listing_of(entry.pbin.tarball)
    return as_tree(listing[:MOST_FILES]) if listing else None


def _others(place: Place, entry: Entry) -> list[Entry]:
    found = entries_of(place.category, place.package).exclude(pk=entry.pk)
    return list(found[:OTHERS])
