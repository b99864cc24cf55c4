"""What was here once: 410, with where it is now and what became of it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from pbins.paludis.errors import ParseError
from pbins.paludis.versions import Version
from pbins.services.gone import Gone, gone_everywhere, gone_from
from pbins.web.catalogue_places import Place


def gone(request: HttpRequest, place: Place) -> HttpResponse:
    """The same version in other channels first; Http404 for what was never here."""
    found = gone_from(place.channel, place.category, place.package, place.version)
    if found is None:
        raise Http404(f"There is no {place.name}-{place.version} in {place.channel}.")
    return _page(request, place, found)


def gone_from_everywhere(
    request: HttpRequest, category: str, package: str, version: str
) -> HttpResponse:
    """What no channel has any more, as the one that had it last; Http404 for what never was."""
    missing = Http404(f"No channel has {category}/{package}-{version}.")
    try:
        parsed = Version(version)
    except ParseError as error:
        raise missing from error
    found = gone_everywhere(category, package, parsed)
    if found is None:
        raise missing
    return _page(request, Place(found.changes[0].channel, category, package, parsed), found)


def _page(request: HttpRequest, place: Place, found: Gone) -> HttpResponse:
    context = {
        "name": place.name,
        "category": place.category,
        "package": place.package,
        "version": place.version,
        "channel": place.channel,
        "changes": found.changes,
        "last": found.changes[0],
        "elsewhere": found.elsewhere,
        "others": found.others,
    }
    return render(request, "pbins/version_gone.html", context, status=410)
