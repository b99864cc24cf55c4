"""What was here once: 410, with where it is now and what became of it."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from pbins.services.browsing import entries_of, ledger_of_version
from pbins.web.catalogue_places import Place

OTHERS = 30


def gone(request: HttpRequest, place: Place) -> HttpResponse:
    """The same version in other channels first; Http404 for what was never here."""
    changes = ledger_of_version(place.channel, place.name, place.version)
    others = list(entries_of(place.category, place.package)[:OTHERS])
    key = place.version.sort_key
    elsewhere = [entry for entry in others if entry.version_key == key]
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
        "elsewhere": elsewhere,
        "others": [entry for entry in others if entry.version_key != key],
    }
    return render(request, "pbins/version_gone.html", context, status=410)
