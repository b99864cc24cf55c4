"""The catalogue's pages as JSON, for scripts."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from pbins.api.access import insiders, visitors
from pbins.api.answers import answer
from pbins.api.package_shapes import package_shape
from pbins.api.paging import next_address
from pbins.services.listing_packages import Found
from pbins.services.searching import Search
from pbins.web.paging import page_of

PER_PAGE = 100


@require_safe
def package_list(request: HttpRequest) -> HttpResponse:
    """Packages that are found by the same query as on the page; ``next`` is the next page.

    ``problems`` says what of the query was not understood, and so not looked for. Strangers can't
    ask about hosts.
    """
    search = Search.from_query(request.GET)
    if search.asks_about_hosts:
        return insiders(_package_list)(request, search)
    return visitors(_package_list)(request, search)


def _package_list(request: HttpRequest, search: Search) -> HttpResponse:
    page = page_of(request, Found(search), PER_PAGE)
    shape = {
        "count": page.paginator.count,
        "next": next_address(request, page),
        "problems": list(search.problems),
        "packages": [package_shape(row) for row in page],
    }
    return answer(request, shape)
