"""The feed of a search: what is new among what a search of the catalogue finds."""

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from pbins.models import Change
from pbins.services.matching import matching_packages, matching_versions
from pbins.services.news import Changes, brought, tell
from pbins.services.searching import Search
from pbins.web.feeds_access import followers, insiders
from pbins.web.feeds_answers import Told, answer
from pbins.web.feeds_items import items_of
from pbins.web.feeds_pages import Ledger

SHIFTING = frozenset(("host", "outdated", "lagging", "broken", "built"))
"""What a version may come to be, or cease to be, without any row in the ledger."""


@require_safe
def of_search(request: HttpRequest, form: str) -> HttpResponse:
    """By the query of the catalogue's own address; strangers can't ask about hosts."""
    search = Search.from_query(request.GET)
    if search.asks_about_hosts:
        return insiders(_of_search)(request, form, search)
    return followers(_of_search)(request, form, search)


def _of_search(request: HttpRequest, form: str, search: Search) -> HttpResponse:
    told = Told(
        f"New binaries found by {search.query}" if search.asked else "New binaries",
        f"{reverse('catalogue')}?{search.query}",
        Ledger(_found(search), "at"),
        lambda changes: items_of(tell(changes, in_one_piece=False)),
        watched=Ledger(Change.objects.all(), "at"),
        is_shifting=not SHIFTING.isdisjoint(search.asked),
        asked=search.without("order").query,
    )
    return answer(request, form, told)


def _found(search: Search) -> Changes:
    found = brought()
    if search.q or search.category:
        packages = matching_packages(search.of_packages())
        found = found.filter(name__in=packages.values("name"))
    versions = matching_versions(search)
    if versions is None:
        return found
    held = versions.filter(entry__pbin=OuterRef("pbin"), channel=OuterRef("channel"))
    return found.filter(Exists(held))
