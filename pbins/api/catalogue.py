"""The catalogue's pages as JSON, for scripts."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, JsonResponse
from django.urls import reverse

from pbins.api.access import visitors
from pbins.roles import Role
from pbins.services.listing_packages import Found, PackageRow
from pbins.services.people import may
from pbins.services.searching import Search

PER_PAGE = 200


@visitors
def package_list(request: HttpRequest) -> JsonResponse:
    """Packages that are found by the same query as on the page; ``next`` is the next page.

    ``problems`` says what of the query was not understood, and so not looked for.
    """
    search = Search.from_query(request.GET)
    search = search if may(request.user, Role.VIEWER) else search.public()
    page = Paginator(Found(search), PER_PAGE).get_page(request.GET.get("page"))
    return JsonResponse(
        {
            "count": page.paginator.count,
            "next": _page_address(request, page.next_page_number()) if page.has_next() else None,
            "problems": list(search.problems),
            "packages": [_row_shape(row) for row in page],
        }
    )


def _row_shape(row: PackageRow) -> dict[str, Any]:
    """The newest version is that of those which were looked for."""
    package, newest = row.package, row.newest
    built = newest.built_at
    return {
        "name": row.name,
        "summary": package.summary,
        "newest": row.version,
        "slot": newest.slot,
        "versions": row.versions,
        "repositories": list(row.repositories),
        "channel": newest.channel.name,
        "served": not newest.is_withheld,
        "size": newest.size,
        "built": built.isoformat() if built else None,
        "since": row.since.isoformat(),
        "file": row.file or None,
        "url": settings.PBINS_BASE_URL
        + reverse("package_page", args=(package.category, package.package)),
    }


def _page_address(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"{settings.PBINS_BASE_URL}{request.path}?{query.urlencode()}"
