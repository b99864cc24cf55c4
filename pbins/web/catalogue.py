"""The catalogue: what is available, package by package."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from pbins.models import Package
from pbins.roles import Role
from pbins.services.choices import hosts, options, slots
from pbins.services.listing_packages import Found, exact_match
from pbins.services.people import may
from pbins.services.searching import Search
from pbins.services.suggesting import suggest
from pbins.web.access import members
from pbins.web.catalogue_access import visitors
from pbins.web.catalogue_filters import chips, column_heads, filter_fields
from pbins.web.paging import page_of


@require_safe
def package_list(request: HttpRequest) -> HttpResponseBase:
    """Browse and search; a whole name that is searched for goes straight to its page.

    Strangers can't ask about hosts: they log in first.
    """
    search = Search.from_query(request.GET)
    if search.asks_about_hosts:
        return members(_package_list)(request, search)
    return visitors(_package_list)(request, search)


def _package_list(request: HttpRequest, search: Search) -> HttpResponse:
    is_part = "HX-Request" in request.headers  # of a page that is there: nothing leads elsewhere
    match = None if is_part else exact_match(search)
    if match is not None:
        return redirect("package_page", match.category, match.package)
    page = page_of(request, Found(search))
    context = {
        "search": search,
        "page": page,
        "chips": chips(search),
        "heads": column_heads(search),
        "fields": filter_fields(search, is_member=may(request.user, Role.VIEWER)),
        "is_filtered": bool(search.filters),
        "problems": list(search.problems),
    }
    return render(request, "pbins/catalogue_list.html", context)


@visitors
def suggestions(request: HttpRequest) -> JsonResponse:
    """For who is typing, here and in a browser's own field (OpenSearch Suggestions 1.1)."""
    words = request.GET.get("q", "")
    found = suggest(words)
    shape = [
        words,
        [package.name for package in found],
        [package.summary for package in found],
        [_address(package) for package in found],
    ]
    return JsonResponse(shape, safe=False, content_type="application/x-suggestions+json")


@visitors
def choices(request: HttpRequest, kind: str) -> JsonResponse:
    """What can be filled in for a filter that has too many choices for a page."""
    found = []
    if kind == "option":
        names = options()
        found = [*names, *(f"-{name}" for name in names)]
    elif kind == "slot":
        found = slots()
    elif kind == "host" and may(request.user, Role.VIEWER):
        found = hosts()
    return JsonResponse({"choices": found})


def _address(package: Package) -> str:
    path = reverse("package_page", args=(package.category, package.package))
    return settings.PBINS_BASE_URL + path
