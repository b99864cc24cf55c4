"""A package: every version of it, wherever it is."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from pbins.services.browsing import entries_of, ledger_of
from pbins.web.catalogue_access import visitors

LATEST = 20


@visitors
def package(request: HttpRequest, category: str, package: str) -> HttpResponse:
    """Every version of a package: where it is, since when, and whether hosts are given it."""
    name = f"{category}/{package}"
    entries = list(entries_of(category, package))
    changes = list(ledger_of(name)[:LATEST])
    if not entries and not changes:
        raise Http404(f"There is no package {name}.")
    context = {
        "name": name,
        "category": category,
        "package": package,
        "entries": entries,
        "newest": entries[0] if entries else None,
        "changes": changes,
    }
    status = 200 if entries else 410
    return render(request, "pbins/package_page.html", context, status=status)
