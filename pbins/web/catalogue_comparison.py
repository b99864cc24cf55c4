"""Two versions of a package side by side."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from pbins.paludis.errors import ParseError
from pbins.services.pbin_comparing import Comparison, compare, find_pair
from pbins.web.catalogue_access import visitors
from pbins.web.paging import page_of

PER_PAGE = 100


@visitors
def version_comparison(request: HttpRequest) -> HttpResponse:
    """``?before=`` and ``?after=``: the numbers of two pbins of one package."""
    pair = find_pair(request.GET.get("before", ""), request.GET.get("after", ""))
    if pair is None:
        raise Http404("There are no two such versions of one package.")
    before, after = pair
    context = {
        "before": before,
        "after": after,
        "name": after.name,
        "comparison": None,
        "canonical": f"{request.path}?before={before.pk}&after={after.pk}",
    }
    try:
        comparison = compare(before, after)
    except ParseError as error:
        return render(request, "pbins/version_comparison.html", context | {"trouble": str(error)})
    page = page_of(request, _files(comparison), PER_PAGE)
    context |= {"comparison": comparison, "page": page}
    return render(request, "pbins/version_comparison.html", context)


def _files(comparison: Comparison) -> tuple[object, ...]:
    return comparison.files.files if comparison.files else ()
