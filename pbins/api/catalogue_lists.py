"""The lists as JSON."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from pbins.api.access import visitors
from pbins.api.answers import answer
from pbins.api.paging import next_address
from pbins.models import ListKind
from pbins.services.lists import UNITS, Overview, Row, overviews, rows_of, shown
from pbins.services.states import channel_called
from pbins.web.json_errors import json_error
from pbins.web.paging import page_of

PER_PAGE = 500


@visitors
def lists(request: HttpRequest) -> HttpResponse:
    """Every list with how much is on it and when it was made."""
    return answer(request, {"lists": [list_shape(one) for one in overviews()]})


@visitors
def list_page(request: HttpRequest, name: str) -> HttpResponse:
    """``?channel=pbins/master`` shows only that channel's part; ``next`` is the next page."""
    state = next((one for one in overviews() if one.kind == name), None)
    if state is None:
        return json_error(f"There is no list {name}.", 404)
    wanted = request.GET.get("channel", "")
    channel = channel_called(wanted)
    if wanted and channel is None:
        return json_error(f"There is no channel {wanted}.", 404)
    page = page_of(request, rows_of(state.kind, channel), PER_PAGE)
    shape = list_shape(state) | {
        "kept": page.paginator.count,
        "next": next_address(request, page),
        "rows": [row_shape(state.kind, row) for row in shown(page)],
    }
    return answer(request, shape)


def list_shape(one: Overview) -> dict[str, Any]:
    return {
        "name": one.kind.value,
        "title": one.kind.label,
        "meaning": one.meaning,
        "count": one.count,
        "made": one.made_at.isoformat() if one.made_at else None,
        "url": settings.PBINS_BASE_URL + reverse("list_page", args=(one.kind.value,)),
    }


def row_shape(kind: ListKind, row: Row) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "name": row.name,
        "version": row.version,
        "channel": str(row.channel) if row.channel else None,
        "details": row.details,
        "url": settings.PBINS_BASE_URL + reverse("package_page", args=(row.category, row.package)),
    }
    if kind in UNITS:
        shape[UNITS[kind]] = row.amount
    if row.at is not None:
        shape["at"] = row.at.isoformat()
    return shape
