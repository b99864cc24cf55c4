"""Long answers, a page at a time."""

from typing import Any

from django.conf import settings
from django.core.paginator import Page
from django.http import HttpRequest


def next_address(request: HttpRequest, page: Page[Any]) -> str | None:
    """The absolute address of the page behind this one; None behind the last."""
    if not page.has_next():
        return None
    query = request.GET.copy()
    query["page"] = str(page.next_page_number())
    return f"{settings.PBINS_BASE_URL}{request.path}?{query.urlencode()}"
