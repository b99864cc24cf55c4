"""A feed written as RSS 2.0, Atom (RFC 4287) or JSON Feed 1.1."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.html import escape
from django.utils.xmlutils import SimplerXMLGenerator

AUTHOR = "pbins portal"
HISTORY = "http://purl.org/syndication/history/1.0"
# What XML 1.0 can't hold, not even escaped; JSON could, but readers show the same thing then.
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Item:
    """One new binary. ``key`` never changes; ``content`` is HTML, the other texts are plain."""

    key: str
    title: str
    address: str
    summary: str
    content: str
    at: datetime
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Feed:
    """``key`` never changes; ``page`` is for people, ``address`` is the feed's own.

    ``updated`` is never "now".

    ``links`` are the pages of its history, by what they are to this one (RFC 5005); a feed that
    ``is_complete`` has no history: what it does not tell is no longer so.
    """

    key: str
    title: str
    description: str
    page: str
    address: str
    updated: datetime
    items: tuple[Item, ...]
    links: Mapping[str, str] = field(default_factory=dict)
    is_complete: bool = False


def render_rss(feed: Feed) -> str:
    return _render(_Rss, feed, lambda item: item.content)


def render_atom(feed: Feed) -> str:
    return _render(_Atom, feed, lambda item: escape(item.summary))


def render_json(feed: Feed) -> str:
    shape: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "description": feed.description,
        "home_page_url": feed.page,
        "feed_url": feed.address,
        "authors": [{"name": AUTHOR}],
        "language": "en",
        "items": [_json_item(item) for item in feed.items],
    }
    if "next" in feed.links:
        shape["next_url"] = feed.links["next"]
    return json.dumps(shape, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Format:
    """A way to write a feed."""

    media_type: str
    render: Callable[[Feed], str]


FORMATS: Mapping[str, Format] = {
    "rss": Format("application/rss+xml; charset=utf-8", render_rss),
    "atom": Format("application/atom+xml; charset=utf-8", render_atom),
    "json": Format("application/feed+json; charset=utf-8", render_json),
}


class _Rss(Rss201rev2Feed):
    def latest_post_date(self) -> datetime:
        return _updated(self)

    def rss_attributes(self) -> dict[str, str]:
        return {**super().rss_attributes(), "xmlns:fh": HISTORY}

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        _add_history(self, handler, "atom:link")


class _Atom(Atom1Feed):
    def latest_post_date(self) -> datetime:
        return _updated(self)

    def root_attributes(self) -> dict[str, str]:
        return {**super().root_attributes(), "xmlns:fh": HISTORY}

    def add_root_elements(self, handler: SimplerXMLGenerator) -> None:
        super().add_root_elements(handler)
        _add_history(self, handler, "link")

    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})


def _updated(written: SyndicationFeed) -> datetime:
    """The ledger's time, also for a feed that is still empty; Django would take the clock's."""
    updated: datetime = written.feed["updated"]
    return updated


def _add_history(written: SyndicationFeed, handler: SimplerXMLGenerator, link: str) -> None:
    for relation, address in written.feed["links"].items():
        handler.addQuickElement(link, None, {"rel": relation, "href": address})
    if written.feed["is_complete"]:
        handler.addQuickElement("fh:complete")


def _render(kind: type[SyndicationFeed], feed: Feed, described: Callable[[Item], str]) -> str:
    written = kind(
        title=feed.title,
        link=feed.page,
        description=feed.description,
        language="en",
        author_name=AUTHOR,
        feed_url=feed.address,
        feed_guid=feed.key,
        updated=feed.updated,
        links=feed.links,
        is_complete=feed.is_complete,
    )
    for item in feed.items:
        written.add_item(
            title=_clean(item.title),
            link=item.address,
            description=_clean(described(item)),
            content=_clean(item.content),
            unique_id=item.key,
            unique_id_is_permalink=False,
            pubdate=item.at,
            updateddate=item.at,
            categories=item.tags,
        )
    return written.writeString("utf-8")


def _json_item(item: Item) -> dict[str, Any]:
    return {
        "id": item.key,
        "url": item.address,
        "title": _clean(item.title),
        "summary": _clean(item.summary),
        "content_html": _clean(item.content),
        "date_published": item.at.isoformat(timespec="seconds"),
        "tags": list(item.tags),
    }


def _clean(text: str) -> str:
    return ILLEGAL.sub("", text)
