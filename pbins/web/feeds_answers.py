"""A feed as an answer: 304 from a single row for whoever has the latest, otherwise one page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Generic, TypeVar
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from pbins.web.feeds_formats import FORMATS, Feed, Item
from pbins.web.feeds_pages import EPOCH, Ledger, Mark

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Told(Generic[Row]):
    """What a feed is about. ``page`` is the path of the page for people.

    A feed without any row is there as long as there is a row of ``known``, if that is given.
    Where rows are dear to find, nothing is new as long as nothing is in the ledger ``watched``.
    A feed that ``is_shifting`` tells other rows also without a new one in any ledger.
    ``asked`` is what of the address's query makes it another feed.
    """

    title: str
    page: str
    ledger: Ledger[Row]
    items: Callable[[QuerySet[Row]], tuple[Item, ...]]
    known: "QuerySet[Any] | None" = None
    watched: Ledger[Row] | None = None
    is_shifting: bool = False
    asked: str = ""


def answer(request: HttpRequest, form: str, told: Told[Row]) -> HttpResponse:
    """The page of the feed that ``?before=`` names."""
    asked = request.GET.get("before")
    before = Mark.parse(asked) if asked else None
    newest = (told.watched or told.ledger).newest(before)
    if newest is None and told.known is not None and not told.known.exists():
        raise Http404("There is no such feed.")

    def write() -> Feed:
        return _feed(request, told, before, newest)

    if told.is_shifting:
        return conditional(request, form, told.ledger.state(before), None, write)
    return conditional(request, form, str(newest or ""), newest.at if newest else EPOCH, write)


def conditional(
    request: HttpRequest, form: str, state: str, at: datetime | None, write: Callable[[], Feed]
) -> HttpResponse:
    """304 for whoever has this ``state`` already, or comes from after ``at``.

    Without ``at``, no time says whether anything is new.
    """
    # The addresses in it begin with the portal's own, which can change without any new row.
    base = sha256(settings.PBINS_BASE_URL.encode()).hexdigest()[:8]
    etag = f'"{form}-{state}-{base}"'
    modified = int(at.timestamp()) if at else None
    response = get_conditional_response(request, etag=etag, last_modified=modified)
    if response is None:
        written = FORMATS[form].render(write())
        response = HttpResponse(written, content_type=FORMATS[form].media_type)
    response.headers["ETag"] = etag
    if modified is not None:
        response.headers["Last-Modified"] = http_date(modified)
    response.headers["Cache-Control"] = "no-cache"
    return response


def key_of(request: HttpRequest, asked: str = "") -> str:
    """What a feed is called for ever, under any address of the portal."""
    return uuid5(NAMESPACE_URL, f"{request.path}?{asked}").urn


def address_of(request: HttpRequest, **begin: Mark | int | None) -> str:
    """Of another page of the feed that was asked for; of the first one, if none is named.

    ``before`` or ``after`` is where it begins.
    """
    query = request.GET.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    query.update({name: str(mark) for name, mark in begin.items() if mark is not None})
    asked = f"?{query.urlencode()}" if query else ""
    return f"{settings.PBINS_BASE_URL}{request.path}{asked}"


def _feed(request: HttpRequest, told: Told[Row], before: Mark | None, newest: Mark | None) -> Feed:
    links = {"first": address_of(request), "current": address_of(request)}
    for relation, mark in told.ledger.beside(before).items():
        links[relation] = address_of(request, before=mark)
    items = told.items(told.ledger.page(before))
    return Feed(
        key=key_of(request, told.asked),
        title=told.title,
        description=f"{told.title}, the latest first.",
        page=settings.PBINS_BASE_URL + told.page,
        address=address_of(request, before=before),
        updated=items[0].at if items else (newest.at if newest else EPOCH),
        items=items,
        links=links,
    )
