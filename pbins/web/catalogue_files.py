"""The files of a version, directory by directory, and what depends on it, page by page."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from pbins.models import TarballListing
from pbins.services.dependants import dependants, dependants_in
from pbins.services.listing_levels import level_of
from pbins.web.catalogue_access import visitors
from pbins.web.catalogue_places import find_entry, find_place
from pbins.web.paging import page_of

PER_PAGE = 100


@visitors
def version_files(request: HttpRequest, /, **names: str) -> HttpResponse:
    """The directory ``under`` of what its tarball installs; a piece of it for htmx."""
    entry = find_entry(find_place(**names))
    listing = get_object_or_404(TarballListing, tarball=entry.pbin.tarball)
    level = level_of(listing, request.GET.get("under", ""))
    if level is None:
        raise Http404("There is no such directory in this version.")
    context = {"entry": entry, "listing": listing, "level": level, "above": _above(level.path)}
    is_piece = "HX-Request" in request.headers
    template = "pbins/version_files_level.html" if is_piece else "pbins/version_files_page.html"
    response = render(request, template, context)
    response.headers["Vary"] = "HX-Request, Cookie"
    return response


@visitors
def version_dependants(request: HttpRequest, /, **names: str) -> HttpResponse:
    """Every version of the channel that names this package."""
    entry = find_entry(find_place(**names))
    found = dependants_in(entry.channel, entry.name)
    page = page_of(request, found, PER_PAGE)
    context = {"entry": entry, "page": page, "dependants": dependants(list(page), of=entry)}
    return render(request, "pbins/version_dependants_page.html", context)


def _above(path: str) -> list[tuple[str, str]]:
    """Each directory on the way with its name and path, the outermost first."""
    parts = path.split("/") if path else []
    return [(part, "/".join(parts[: number + 1])) for number, part in enumerate(parts)]
