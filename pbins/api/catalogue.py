"""The catalogue's pages as JSON, for scripts."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, JsonResponse

from pbins.api.access import visitors
from pbins.api.package_shapes import package_shape
from pbins.roles import Role
from pbins.services.listing_packages import Found
from pbins.services.people import may
from pbins.services.searching import Search

PER_PAGE = 100


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
            "packages": [package_shape(row) for row in page],
        }
    )


def _page_address(request: HttpRequest, number: int) -> str:
    query = request.GET.copy()
    query["page"] = str(number)
    return f"{settings.PBINS_BASE_URL}{request.path}?{query.urlencode()}"
