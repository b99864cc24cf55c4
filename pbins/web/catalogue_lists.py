"""Lists of what deserves a look."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from pbins.models import Channel, ListKind
from pbins.services.lists import LIVE, MEANINGS, UNITS, channels_on, overviews, rows_of, shown
from pbins.services.states import channel_called
from pbins.web.catalogue_access import visitors
from pbins.web.paging import page_of

PER_PAGE = 100


@visitors
def lists(request: HttpRequest) -> HttpResponse:
    """Every list with what it means and how much is on it."""
    return render(request, "pbins/list_overview.html", {"overviews": overviews()})


@visitors
def list_page(request: HttpRequest, name: str) -> HttpResponse:
    """``?channel=pbins/master`` shows only that channel's part."""
    kind = find_kind(name)
    chosen = find_channel(request.GET.get("channel", ""))
    page = page_of(request, rows_of(kind, chosen), PER_PAGE)
    state = next(one for one in overviews() if one.kind == kind)
    rows = shown(page)
    context = {
        "kind": kind,
        "state": state,
        "meaning": MEANINGS[kind],
        "unit": UNITS.get(kind, ""),
        "page": page,
        "rows": rows,
        "has_details": any(row.details for row in rows),
        "channels": [] if kind in LIVE else channels_on(kind),
        "chosen": chosen,
        "is_cut": chosen is None and state.count > page.paginator.count,
    }
    return render(request, "pbins/list_page.html", context)


def find_kind(name: str) -> ListKind:
    try:
        return ListKind(name)
    except ValueError as error:
        raise Http404(f"There is no list {name}.") from error


def find_channel(text: str) -> Channel | None:
    """None where none is asked for; raises Http404 where there is none like that."""
    if not text:
        return None
    found = channel_called(text)
    if found is None:
        raise Http404(f"There is no channel {text}.")
    return found
