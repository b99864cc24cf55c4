"""The catalogue's pages as JSON, for scripts."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, JsonResponse
from django.urls import reverse

from pbins.api.access import visitors
from pbins.api.shapes import change_shape, entry_shape, version_shape
from pbins.models import Channel
from pbins.paludis.errors import ParseError
from pbins.paludis.versions import Version
from pbins.services.browsing import (
    PackageRow,
    Search,
    entries_of,
    entry_at,
    ledger_of,
    ledger_of_version,
    package_rows,
    packages,
)

PER_PAGE = 200
LATEST = 100


@visitors
def package_list(request: HttpRequest) -> JsonResponse:
    """Packages that match ``q``, ``category`` and ``repository``; ``next`` is the next page."""
    search = Search.from_query(request.GET)
    page = Paginator(packages(search), PER_PAGE).get_page(request.GET.get("page"))
    return JsonResponse(
        {
            "count": page.paginator.count,
            "next": _page_address(request, page.next_page_number()) if page.has_next() else None,
            "packages": [_row_shape(row) for row in package_rows(search, page)],
        }
    )


@visitors
def package(request: HttpRequest, category: str, package: str) -> JsonResponse:
    """Every version in every channel, the newest first, and what has happened to them."""
    name = f"{category}/{package}"
    entries = [entry_shape(entry) for entry in entries_of(category, package)]
    history = [change_shape(change) for change in ledger_of(name)[:LATEST]]
    if not entries and not history:
        return JsonResponse({"error": f"There is no package {name}."}, status=404)
    return JsonResponse(
        {"name": name, "versions": entries, "history": history}, status=200 if entries else 410
    )


@visitors
def version(
    request: HttpRequest, repository: str, channel: str, category: str, package: str, version: str
) -> JsonResponse:
    """Everything that a version's page shows; 410 with its history once it was removed."""
    found = Channel.objects.filter(repository__name=repository, name=channel)
    holder = found.select_related("repository").first()
    try:
        parsed = Version(version)
    except ParseError as error:
        return JsonResponse({"error": error.reason}, status=404)
    if holder is None:
        return JsonResponse({"error": f"There is no channel {repository}/{channel}."}, status=404)
    entry = entry_at(holder, category, package, parsed)
    history = ledger_of_version(holder, f"{category}/{package}", parsed)
    if entry is not None:
        return JsonResponse(version_shape(entry, history))
    if history:
        gone = {"error": "It was removed.", "history": [change_shape(one) for one in history]}
        return JsonResponse(gone, status=410)
    return JsonResponse({"error": f"There is no {category}/{package}-{version}."}, status=404)


def _row_shape(row: PackageRow) -> dict[str, Any]:
    return {
        "name": row.name,
        "summary": row.newest.pbin.summary,
        "newest": row.newest.version,
        "slot": row.newest.pbin.slot,
        "versions": row.versions,
        "repositories": list(row.repositories),
        "since": row.since.isoformat(),
        "url": settings.PBINS_BASE_URL + reverse("package_page", args=(row.category, row.package)),
    }


def _page_address(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"{settings.PBINS_BASE_URL}{request.path}?{query.urlencode()}"
