"""One version of a package in one channel: everything that its pbin says."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from pbins.jobs.health import submit_take_again
from pbins.models import Entry, Tarball, TarballListing
from pbins.services.allowing import allow, can_be_allowed
from pbins.services.browsing import entries_of, known_packages, ledger_of_version
from pbins.services.dependants import dependants, dependants_in
from pbins.services.descriptions import describe
from pbins.services.errors import Refused
from pbins.services.linkage import sonames_of
from pbins.services.listing_rows import files_of
from pbins.services.listings import as_tree
from pbins.services.pbin_comparing import comparable
from pbins.services.pinning import pin_of
from pbins.services.provenance import provenance_of
from pbins.services.repositories import consumer_snippet, install_command
from pbins.services.retaking import lacks_only_its_tarball
from pbins.services.satisfying import answered, unmet
from pbins.web.access import PortalRequest, actions
from pbins.web.catalogue_access import visitors
from pbins.web.catalogue_gone import gone
from pbins.web.catalogue_places import Place, find_entry, find_place

OTHERS = 30
MOST_DEPENDANTS = 20
MOST_FILES = 200
"""More are shown directory by directory, each when it is asked for."""


@visitors
def version(request: HttpRequest, /, **names: str) -> HttpResponse:
    """The version's page; 410 with what the ledger knows once it was removed."""
    place = find_place(**names)
    entry = place.entry
    if entry is None:
        return gone(request, place)
    if entry.version != names["version"]:
        return redirect("version_page", **{**names, "version": entry.version}, permanent=True)
    changes = ledger_of_version(place.channel, place.name, place.version)
    context = {
        "entry": entry,
        "pbin": entry.pbin,
        "channel": place.channel,
        "repository": place.channel.repository,
        "install": install_command(entry),
        "snippet": consumer_snippet(place.channel),
        "changes": changes,
        "others": _others(place, entry),
        "comparable": comparable(entry),
        "can_be_allowed": can_be_allowed(entry),
        "lacks_only_its_tarball": lacks_only_its_tarball(entry),
        "pin": pin_of(place.channel.repository, entry.name, entry.version),
    }
    context |= _said(entry, changes) | _dependants(entry) | _content(entry.pbin.tarball, entry)
    return render(request, "pbins/version_page.html", context)


@actions
def version_allow(request: PortalRequest, /, **names: str) -> HttpResponse:
    """What looked like a secret is none: the version is given to hosts."""
    entry = find_entry(find_place(**names))
    try:
        allow(entry=entry, asked_by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{entry.name}-{entry.version} is given to hosts.")
    return redirect(reverse("version_page", kwargs=names))


@actions
def version_take_again(request: PortalRequest, /, **names: str) -> HttpResponse:
    """Its tarball was damaged, or did not come: it is asked for again, which may take long."""
    entry = find_entry(find_place(**names))
    try:
        submit_take_again(entry, request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, "Its tarball is asked for now; Health tells what keeps it away.")
    return redirect(reverse("version_page", kwargs=names))


@visitors
def version_text(request: HttpRequest, /, **names: str) -> HttpResponse:
    """The pbin itself, as the builder wrote it."""
    place = find_place(**names)
    entry = place.entry
    if entry is None:
        return gone(request, place)
    return HttpResponse(entry.pbin.text, content_type="text/plain; charset=utf-8")


def _said(entry: Entry, changes: Any) -> dict[str, Any]:
    """What its pbin says, and what that means in this channel."""
    description = describe(entry.pbin)
    sections = answered(description.dependencies, channel=entry.channel, options=description.chosen)
    return {
        "description": description,
        "dependencies": sections,
        "unmet": unmet(sections),
        "known": known_packages(description.packages),
        "provenance": provenance_of(entry, description.file, changes),
    }


def _dependants(entry: Entry) -> dict[str, Any]:
    """The first that need it, and whether there are more."""
    found = list(dependants_in(entry.channel, entry.name)[: MOST_DEPENDANTS + 1])
    return {
        "dependants": dependants(found[:MOST_DEPENDANTS], of=entry),
        "more_dependants": len(found) > MOST_DEPENDANTS,
    }


def _content(tarball: Tarball | None, entry: Entry) -> dict[str, Any]:
    """What it installs, and what that is linked with."""
    listing = TarballListing.objects.filter(tarball=tarball).defer("content").first()
    is_small = listing is not None and listing.files <= MOST_FILES
    return {
        "tarball": tarball,
        "listing": listing,
        "files": as_tree(files_of(listing)) if listing and is_small else None,
        "sonames": sonames_of(tarball, entry.channel),
        "mirrored": tarball.mirrored.select_related("mirror") if tarball else (),
    }


def _others(place: Place, entry: Entry) -> list[Entry]:
    found = entries_of(place.category, place.package).exclude(pk=entry.pk)
    return list(found[:OTHERS])
