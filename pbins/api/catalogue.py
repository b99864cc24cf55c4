"""The catalogue's pages as JSON, for scripts."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, JsonResponse
from django.urls import reverse

from pbins.api.access import visitors
from pbins.services.browsing import (
    PackageRow,
    Search,
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
