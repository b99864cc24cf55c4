"""The catalogue: what is available, package by package."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pbins.models import Repository
from pbins.services.browsing import (
    Search,
    categories,
    entries_of,
    package_rows,
    packages,
)
from pbins.web.catalogue_access import visitors

PER_PAGE = 50


@visitors
def package_list(request: HttpRequest) -> HttpResponse:
    """Browse and search; a whole name that is searched for goes straight to its page."""
    search = Search.from_query(request.GET)
    category, _, package = search.words.partition("/")
    if package and entries_of(category, package).exists():
        return redirect("package_page", category, package)
    page = Paginator(packages(search), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "search": search,
        "page": page,
        "rows": package_rows(search, page),
        "categories": categories(search),
        "repositories": Repository.objects.values_list("name", flat=True),
    }
    return render(request, "pbins/catalogue_list.html", context)
