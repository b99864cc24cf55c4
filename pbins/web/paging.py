"""Long lists, a page at a time."""

from collections.abc import Sequence
from typing import Any, TypeVar, overload

from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest

Stored = TypeVar("Stored", bound=Model)
Row = TypeVar("Row")
PER_PAGE = 50


@overload
def page_of(request: HttpRequest, rows: QuerySet[Stored], per_page: int = ...) -> Page[Stored]: ...


@overload
def page_of(request: HttpRequest, rows: Sequence[Row], per_page: int = ...) -> Page[Row]: ...


def page_of(request: HttpRequest, rows: Any, per_page: int = PER_PAGE) -> Page[Any]:
    """The page that ``?page=`` names; the nearest there is, where that is nonsense."""
    return Paginator(rows, per_page).get_page(request.GET.get("page"))
