"""A feed's pages, what it tells in one piece, and that all of it is valid."""

from datetime import timedelta

import pytest
from django.test import Client
from lxml import etree

from pbins.models import Change, ChangeKind, Channel, PublicationKind
from pbins.services.news import MOST_AT_ONCE, mark_news
from tests.factories import NOON, make_change, make_channel, make_entry, make_publication
from tests.web.feed_validity import check_feed

pytestmark = pytest.mark.django_db
BASE = "http://127.0.0.1:8000"
FORMATS = ("rss", "atom", "json")


@pytest.fixture
def channel() -> Channel:
    return make_channel()


def publish(channel: Channel, count: int, *, kind: str = PublicationKind.ARRIVAL) -> None:
    """One publication of so many versions, its rows marked as publishing does."""
    publication = make_publication(channel)
    publication.kind = kind
    publication.save()
    entries = [make_entry(channel, "sys-test/many", f"{number}") for number in range(count)]
    changes = [make_change(entry, publication=publication) for entry in entries]
    Change.objects.bulk_update(mark_news(changes, kind), ["news"])


def one_by_one(channel: Channel, count: int) -> None:
    entry = make_entry(channel)
    for number in range(count):
        make_change(entry, ChangeKind.REPLACED, at=NOON + timedelta(minutes=number))


@pytest.mark.parametrize("form", FORMATS)
def test_every_feed_is_valid(client: Client, channel: Channel, form: str) -> None:
    for scope in ("all", "repositories/pbins"):
        check_feed(client.get(f"/feeds/{scope}.{form}").content, form)
    one_by_one(channel, 60)
    publish(channel, MOST_AT_ONCE + 1)
    make_change(make_entry(channel, "sys-test/odd", fields={"SUMMARY": "<b>&amp; \x07 ]]> 📦"}))
    make_change(make_entry(channel, "sys-test/none", fields={"SUMMARY": ""}))
    scopes = ("all", "repositories/pbins", "repositories/pbins/master", "categories/sys-test")
    for scope in (*scopes, "packages/sys-test/hello", "search"):
        content = client.get(f"/feeds/{scope}.{form}").content
        assert len(content) > 1_000
        check_feed(content, form)
    next_page = client.get("/feeds/all.json").json()["next_url"].partition("?")[2]
    check_feed(client.get(f"/feeds/all.{form}?{next_page}").content, form)


def test_the_whole_history_can_be_read_page_by_page(client: Client, channel: Channel) -> None:
    one_by_one(channel, 120)
    address, read, pages = "/feeds/all.json", [], []
    while address:
        feed = client.get(address).json()
        pages.append(len(feed["items"]))
        read += [item["date_published"] for item in feed["items"]]
        address = feed.get("next_url", "").removeprefix(BASE)
    assert pages == [50, 50, 20]
    assert read == sorted(read, reverse=True)
    assert len(set(read)) == 120


def test_pages_are_linked_both_ways_and_the_first_is_where_the_feed_is(
    client: Client, channel: Channel
) -> None:
    one_by_one(channel, 120)
    first = _links(client, "/feeds/all.atom")
    assert set(first) == {"alternate", "self", "first", "current", "next"}
    second = _links(client, first["next"])
    third = _links(client, second["next"])
    assert second["first"] == third["current"] == first["self"] == f"{BASE}/feeds/all.atom"
    assert second["previous"] == first["self"]
    assert third["previous"] == second["self"]
    assert "next" not in third
    make_change(make_entry(channel, "sys-test/libfoo"))
    assert _links(client, second["self"])["previous"] != first["self"]


def test_a_page_of_the_past_stays_as_it_is(client: Client, channel: Channel) -> None:
    one_by_one(channel, 60)
    address = client.get("/feeds/all.json").json()["next_url"].removeprefix(BASE)
    before = client.get(address)
    make_change(make_entry(channel, "sys-test/libfoo"))
    etag = before.headers["ETag"]
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    assert client.get(address).json()["items"] == before.json()["items"]


def test_a_large_publication_is_one_item_of_the_wide_feeds(
    client: Client, channel: Channel
) -> None:
    make_change(make_entry(channel))
    publish(channel, 70)
    for scope in ("all", "repositories/pbins", "repositories/pbins/master"):
        many, one = client.get(f"/feeds/{scope}.json").json()["items"]
        assert many["title"] == "70 versions added to pbins"
        assert "and" in many["summary"]
        assert many["content_html"].count("<li>") == 50
        assert "20 more" in many["content_html"]
        assert one["title"].startswith("sys-test/hello")
    assert len(client.get("/feeds/packages/sys-test/many.json").json()["items"]) == 50


def test_a_small_publication_is_told_version_by_version(client: Client, channel: Channel) -> None:
    publish(channel, MOST_AT_ONCE)
    assert len(client.get("/feeds/all.json").json()["items"]) == MOST_AT_ONCE


def test_a_new_channel_is_one_item_however_small(client: Client, channel: Channel) -> None:
    publish(channel, 3, kind=PublicationKind.BEGIN)
    (item,) = client.get("/feeds/all.json").json()["items"]
    assert item["title"] == "3 versions in the new channel pbins"
    assert "more" not in item["content_html"]


def test_it_is_told_which_version_was_there_before(client: Client, channel: Channel) -> None:
    make_change(make_entry(channel, version="1.0"))
    make_change(make_entry(channel, version="1.1"))
    make_change(make_entry(channel, "sys-test/other", "0.5"))
    other, latest, first = client.get("/feeds/all.json").json()["items"]
    assert "before it 1.0" in latest["content_html"]
    assert "before it" not in first["content_html"] + other["content_html"]


def test_a_repository_named_all_is_not_everything(client: Client, channel: Channel) -> None:
    channel.repository.name = "all"
    channel.repository.save()
    make_change(make_entry(channel))
    make_change(make_entry(make_channel(name="testing"), "a/b", "1"))
    assert client.get("/feeds/repositories/all.json").json()["title"].endswith("in all")


def test_a_search_has_a_feed_of_its_own(client: Client, channel: Channel) -> None:
    make_change(make_entry(channel))
    make_change(make_entry(channel, "sys-test/libfoo", "2", fields={"SUMMARY": "Foos bars"}))
    found = client.get("/feeds/search.json?q=foos&repository=pbins").json()
    assert [item["title"] for item in found["items"]] == ["sys-test/libfoo 2 added to pbins"]
    assert found["home_page_url"] == f"{BASE}/packages/?q=foos&repository=pbins"
    assert not client.get("/feeds/search.json?q=foos&channel=testing").json()["items"]


def test_searches_for_something_else_are_other_feeds(client: Client, channel: Channel) -> None:
    def called(query: str) -> str:
        content = client.get(f"/feeds/search.atom?{query}").content
        return str(etree.fromstring(content).findtext("{http://www.w3.org/2005/Atom}id"))

    queries = ("", "q=foo", "q=foo&slot=1", "q=foo&repository=pbins", "category=foo")
    assert len({called(query) for query in queries}) == len(queries)
    assert called("q=foo&slot=1") == called("slot=1&q=foo&order=newest")


def _links(client: Client, address: str) -> dict[str, str]:
    root = etree.fromstring(client.get(address.removeprefix(BASE)).content)
    found = root.findall("{http://www.w3.org/2005/Atom}link")
    return {str(link.get("rel")): str(link.get("href")) for link in found}
