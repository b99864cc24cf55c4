"""Feeds of new binaries, read from the ledger."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from pbins.models import Change, Channel, Entry, Repository
from pbins.services.news import brought, news, tell
from pbins.web.feeds_access import followers
from pbins.web.feeds_answers import Told, answer
from pbins.web.feeds_formats import Item
from pbins.web.feeds_items import items_of
from pbins.web.feeds_pages import Ledger

Changes = QuerySet[Change]


@followers
def of_everything(request: HttpRequest, form: str) -> HttpResponse:
    return answer(request, form, _news("New binary packages", reverse("catalogue"), news()))


@followers
def of_repository(request: HttpRequest, repository: str, form: str) -> HttpResponse:
    known = Repository.objects.filter(name=repository)
    title, page = f"New binary packages in {repository}", _catalogue(repository=repository)
    changes = news().filter(repository=known.values("pk")[:1])
    return answer(request, form, _news(title, page, changes, known))


@followers
def of_channel(request: HttpRequest, repository: str, channel: str, form: str) -> HttpResponse:
    known = Channel.objects.filter(repository__name=repository, name=channel)
    title = f"New binary packages in {repository}/{channel}"
    page = _catalogue(repository=repository, channel=channel)
    changes = news().filter(channel=known.order_by().values("pk")[:1])
    return answer(request, form, _news(title, page, changes, known))


@followers
def of_category(request: HttpRequest, category: str, form: str) -> HttpResponse:
    known = Entry.objects.filter(category=category)
    changes = brought().filter(category=category)
    title, page = f"New binaries in {category}", _catalogue(category=category)
    return answer(request, form, _versions(title, page, changes, known))


@followers
def of_package(request: HttpRequest, category: str, package: str, form: str) -> HttpResponse:
    known = Entry.objects.of_package(category, package)
    changes = brought().filter(name=f"{category}/{package}")
    title = f"New binaries of {category}/{package}"
    page = reverse("package_page", args=(category, package))
    return answer(request, form, _versions(title, page, changes, known))


def _news(
    title: str, page: str, changes: Changes, known: "QuerySet[Any] | None" = None
) -> Told[Change]:
    """What everybody is told: a large publication in one piece."""
    return Told(title, page, Ledger(changes, "at"), _in_one_piece, known)


def _versions(title: str, page: str, changes: Changes, known: "QuerySet[Any]") -> Told[Change]:
    """Every version for itself, for whoever follows some packages only."""
    return Told(title, page, Ledger(changes, "at"), _one_by_one, known)


def _in_one_piece(changes: Changes) -> tuple[Item, ...]:
    return items_of(tell(changes, in_one_piece=True))


def _one_by_one(changes: Changes) -> tuple[Item, ...]:
    return items_of(tell(changes, in_one_piece=False))


def _catalogue(**query: str) -> str:
    return f"{reverse('catalogue')}?{urlencode(query)}"
