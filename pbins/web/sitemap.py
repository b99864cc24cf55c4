"""For search engines: what may be visited, and every page of the catalogue.

A sitemap holds the versions whose entries have numbers in one range, so that none of them moves
to another sitemap when others come and go, and each is read from one range of an index.
"""

from collections.abc import Iterable, Iterator
from math import ceil
from typing import Any

from django.conf import settings
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.html import escape
from django.views.decorators.http import require_safe

from pbins.models import Change, Entry
from pbins.web.catalogue_access import visitors

AT_MOST = 2_500
"""Addresses in one sitemap; sitemaps.org allows 50,000, which take most of a second to write."""

AT_ONCE = 1_000
XML = "application/xml; charset=utf-8"
XMLNS = "http://www.sitemaps.org/schemas/sitemap/0.9"
PACKAGE_FIELDS = ("category", "package")
VERSION_FIELDS = ("channel__repository__name", "channel__name", *PACKAGE_FIELDS, "version")


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """The catalogue is for robots where it is for everybody; nothing else is."""
    lines = ["User-agent: *"]
    if settings.PBINS_PUBLIC_CATALOGUE:
        lines += [f"Allow: {reverse('catalogue')}", f"Disallow: {reverse('catalogue')}*?*"]
    lines.append("Disallow: /")
    if settings.PBINS_PUBLIC_CATALOGUE:
        lines.append(f"Sitemap: {settings.PBINS_BASE_URL}{reverse('sitemaps')}")
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


@visitors
def sitemaps(request: HttpRequest) -> HttpResponseBase:
    """The index: sitemaps of packages, and of versions."""
    ranges = Entry.objects.order_by().annotate(range=F("pk") / AT_MOST)
    numbers = {
        "packages": range(ceil(_packages().count() / AT_MOST)),
        "versions": sorted(ranges.values_list("range", flat=True).distinct()),
    }
    paths = [
        reverse("sitemap", args=(kind, number))
        for kind, of_kind in numbers.items()
        for number in of_kind
    ]
    return _answer(request, "sitemapindex", "sitemap", paths)


@visitors
def sitemap(request: HttpRequest, kind: str, number: str) -> HttpResponseBase:
    """One of them; 404 for a number that the index does not have."""
    start = int(number) * AT_MOST
    if kind == "packages":
        view, rows = "package_page", _packages()[start : start + AT_MOST]
    else:
        entries = Entry.objects.filter(pk__gte=start, pk__lt=start + AT_MOST).order_by("pk")
        view, rows = "version_page", entries.values_list(*VERSION_FIELDS)
    if not rows.exists():
        raise Http404("There is no such sitemap.")
    found = rows.iterator(chunk_size=AT_ONCE)
    return _answer(request, "urlset", "url", (reverse(view, args=row) for row in found))


def _packages() -> "QuerySet[Entry, tuple[Any, ...]]":
    """Every package once, by name."""
    return Entry.objects.order_by(*PACKAGE_FIELDS).values_list(*PACKAGE_FIELDS).distinct()


def _answer(
    request: HttpRequest, root: str, element: str, paths: Iterable[str]
) -> HttpResponseBase:
    """Streamed; 304 for whoever has it as it is now."""
    changes = Change.objects.order_by("-pk").values_list("pk", flat=True).first()
    entries = Entry.objects.order_by("-pk").values_list("pk", flat=True).first()
    etag = f'"{changes}-{entries}"'
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        response = StreamingHttpResponse(_written(root, element, paths), content_type=XML)
    response.headers["ETag"] = etag
    return response


def _written(root: str, element: str, paths: Iterable[str]) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{XMLNS}">\n'
    base = escape(settings.PBINS_BASE_URL)
    lines: list[str] = []
    for path in paths:
        lines.append(f"<{element}><loc>{base}{escape(path)}</loc></{element}>\n")
        if len(lines) == AT_ONCE:
            yield "".join(lines)
            lines.clear()
    yield "".join([*lines, f"</{root}>\n"])
