"""What is told of new binaries: one item for each row of the ledger that feeds tell of."""

from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.contrib.humanize.templatetags.humanize import intcomma
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import urlencode

from pbins.models import DEFAULT_CHANNEL, Change, ChangeKind, PublicationKind
from pbins.services.news import News
from pbins.services.repositories import install_command
from pbins.web.feeds_formats import Item

DONE = {
    PublicationKind.BEGIN: "in the new channel",
    PublicationKind.ROLLBACK: "are back in",
}


def items_of(news: Sequence[News]) -> tuple[Item, ...]:
    return tuple(_of_many(one) if one.among else _of_one(one) for one in news)


def place_of(change: Change) -> str:
    """The channel as people say it: master is the repository itself."""
    channel = change.channel
    return str(channel.repository if channel.name == DEFAULT_CHANNEL else channel)


def _of_one(news: News) -> Item:
    change = news.change
    repository, channel = change.channel.repository.name, change.channel.name
    package = change.name.partition("/")[2]
    address = settings.PBINS_BASE_URL + reverse(
        "version_page", args=(repository, channel, change.category, package, change.version)
    )
    context = {
        "news": news,
        "change": change,
        "tarball": change.pbin.tarball if change.pbin else None,
        "address": address,
        "install": install_command(news.entry) if news.entry and not news.entry.withheld else "",
        "base_url": settings.PBINS_BASE_URL,
    }
    was = "rebuilt in" if change.kind == ChangeKind.REPLACED else "added to"
    return Item(
        key=_key(change, f"{change.kind}/{change.name}-{change.version}"),
        title=f"{change.name} {change.version} {was} {place_of(change)}",
        address=address,
        summary=change.summary,
        content=render_to_string("pbins/feeds_item.html", context),
        at=change.at,
        tags=(change.category, repository),
    )


def _of_many(news: News) -> Item:
    change = news.change
    repository = change.channel.repository.name
    address = f"{settings.PBINS_BASE_URL}{reverse('catalogue')}?" + urlencode(
        {"repository": repository, "channel": change.channel.name, "order": "newest"}
    )
    title = f"{intcomma(change.news)} versions {_done(change)} {place_of(change)}"
    context = {"news": news, "address": address, "base_url": settings.PBINS_BASE_URL}
    names = ", ".join(f"{one.name} {one.version}" for one in news.among[:5])
    return Item(
        key=_key(change, "all"),
        title=title,
        address=address,
        summary=f"{names} and {intcomma((change.news or 0) - min(5, len(news.among)))} more",
        content=render_to_string("pbins/feeds_item_of_many.html", context),
        at=change.at,
        tags=(repository,),
    )


def _done(change: Change) -> str:
    return DONE.get(PublicationKind(change.publication.kind), "added to")


def _key(change: Change, what: str) -> str:
    """The same for ever, also under another address of the portal or out of a restored backup."""
    place = f"{change.publication.commit}/{change.channel.name}"
    return uuid5(NAMESPACE_URL, f"{place}/{what}").urn
