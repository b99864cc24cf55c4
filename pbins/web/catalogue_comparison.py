"""Two versions of a package side by side."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from pbins.models import Pbin
from pbins.paludis.errors import ParseError
from pbins.services.pbin_comparing import Comparison, compare
from pbins.web.catalogue_access import visitors

PER_PAGE = 200


@visitors
def version_comparison(request: HttpRequest) -> HttpResponse:
    """``?before=`` and ``?after=``: the numbers of two pbins of one package."""
    before, after = find_pbins(request)
    if "swap" in request.GET:
        address = reverse("version_comparison")
        return redirect(f"{address}?before={after.pk}&after={before.pk}")
    context = {"before": before, "after": after, "name": after.name, "comparison": None}
    try:
        comparison = compare(before, after)
    except ParseError as error:
        return render(request, "pbins/version_comparison.html", context | {"trouble": str(error)})
    page = Paginator(_files(comparison), PER_PAGE).get_page(request.GET.get("page"))
    context |= {"comparison": comparison, "page": page}
    return render(request, "pbins/version_comparison.html", context)


def find_pbins(request: HttpRequest) -> tuple[Pbin, Pbin]:
    """Raises Http404 unless both are there and of one package."""
    keys = [request.GET.get(side, "") for side in ("before", "after")]
    if not all(key.isascii() and key.isdecimal() and len(key) < 18 for key in keys):
        raise Http404("Say which two: ?before=NUMBER&after=NUMBER.")
    found = Pbin.objects.select_related("tarball", "repository").in_bulk([int(key) for key in keys])
    pbins = [found.get(int(key)) for key in keys]
    before, after = pbins
    if before is None or after is None or before.name != after.name:
        raise Http404("There are no two such versions of one package.")
    return before, after


def _files(comparison: Comparison) -> tuple[object, ...]:
    return comparison.files.files if comparison.files else ()
