"""A page of the packages that a search finds, in the order that it asks for."""

from collections.abc import Sequence
from functools import reduce
from operator import and_

from django.db.models import (
    Case,
    Exists,
    F,
    IntegerField,
    Max,
    OrderBy,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Length

from pbins.models import IndexedEntry, Package
from pbins.services.matching import matching_packages, matching_versions
from pbins.services.searching import Search

MANY = 2000
"""Of so many matches the first are found quicker by looking at packages in turn."""
OF_VERSIONS = {"newest": "since", "size": "size"}
"""What a version has that can be sorted by."""


def packages_between(search: Search, *, start: int, stop: int, count: int) -> list[Package]:
    """Those between two positions of all ``count`` that are found."""
    versions = matching_versions(search)
    if versions is not None and search.sorted_by.removeprefix("-") in OF_VERSIONS:
        return _by_version(search, versions, start, stop)
    found = matching_packages(search)
    if versions is not None and count > MANY:
        of_package = versions.filter(package=OuterRef("pk"))
        found = matching_packages(search.of_packages()).filter(Exists(of_package))
    return list(in_order(found, search)[start:stop])


def _by_version(
    search: Search, versions: QuerySet[IndexedEntry], start: int, stop: int
) -> list[Package]:
    """By what the matching versions are, not by what others of the package are."""
    if search.q or search.category:
        versions = versions.filter(package__in=matching_packages(search.of_packages()).values("pk"))
    measure = Max(OF_VERSIONS[search.sorted_by.removeprefix("-")])
    measured = versions.order_by().values("package").annotate(measure=measure)
    page = measured.order_by(_direction("measure", search), "package")[start:stop]
    return packages_with([row["package"] for row in page])


def packages_with(keys: Sequence[int]) -> list[Package]:
    """In the order of their keys; one that is gone is left out."""
    rows = Package.objects.in_bulk(keys)
    return [rows[key] for key in keys if key in rows]


def in_order(found: QuerySet[Package], search: Search) -> QuerySet[Package]:
    """What was found, by what the package itself is."""
    match search.sorted_by:
        case "":
            return found.order_by(_rank(search), Length("package"), "package", "category")
        case "name":
            return found.order_by("category", "package")
        case "-name":
            return found.order_by("-category", "-package")
    column = search.sorted_by.removeprefix("-")
    return found.order_by(
        _direction(OF_VERSIONS.get(column, column), search), "category", "package"
    )


def _direction(column: str, search: Search) -> OrderBy:
    """The most first; with a minus, the least. What has none is last."""
    if search.sorted_by.startswith("-"):
        return F(column).asc(nulls_last=True)
    return F(column).desc(nulls_last=True)


def _rank(search: Search) -> Case:
    """What was found: the whole name, its beginning, a part of it, the summary, something else."""
    words = search.words
    named = reduce(and_, (Q(name__icontains=word) for word in words))
    texts = (Q(name__icontains=word) | Q(summary__icontains=word) for word in words)
    cases = [When(named, then=Value(2)), When(reduce(and_, texts), then=Value(3))]
    if len(words) == 1:
        part = words[0].rpartition("/")[2] or words[0]
        whole = When(package__iexact=part, then=Value(0))
        cases = [whole, When(package__istartswith=part, then=Value(1)), *cases]
    return Case(*cases, default=Value(4), output_field=IntegerField())
