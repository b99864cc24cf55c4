import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from pbins.models import ChangeKind, Channel
from tests.factories import NOON, make_change, make_channel, make_entry, make_repository

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
FORMATS = ("rss", "atom", "json")


@pytest.fixture
def channel() -> Channel:
    return make_channel()


def titles(client: Client, path: str) -> list[str]:
    """The items' titles, the latest first, whatever the format."""
    content = client.get(path).content
    if path.endswith("json"):
        return [item["title"] for item in json.loads(content)["items"]]
    root = ET.fromstring(content)
    tag = f"{ATOM}entry/{ATOM}title" if path.endswith("atom") else "channel/item/title"
    return [element.text or "" for element in root.findall(tag)]


def text_of(element: ET.Element, path: str) -> str:
    found = element.find(path)
    assert found is not None, path
    return found.text or ""


@pytest.mark.parametrize("form", FORMATS)
def test_what_was_added_and_replaced_is_told_the_latest_first(
    client: Client, channel: Channel, form: str
) -> None:
    entry = make_entry(channel)
    make_change(entry)
    make_change(entry, ChangeKind.REPLACED)
    make_change(entry, ChangeKind.REMOVED)
    assert titles(client, f"/feeds/all.{form}") == [
        "sys-test/hello 1.0-r3 rebuilt in pbins",
        "sys-test/hello 1.0-r3 added to pbins",
    ]


@pytest.mark.parametrize("form", FORMATS)
def test_a_repository_and_a_package_have_feeds_of_their_own(
    client: Client, channel: Channel, form: str
) -> None:
    make_change(make_entry(channel))
    make_change(make_entry(channel, "sys-test/libfoo", "2"))
    make_change(make_entry(make_channel(make_repository("other"), "testing"), "a/b", "3"))
    hello, libfoo, other = (
        "sys-test/hello 1.0-r3 added to pbins",
        "sys-test/libfoo 2 added to pbins",
        "a/b 3 added to other/testing",
    )
    assert titles(client, f"/feeds/all.{form}") == [other, libfoo, hello]
    assert titles(client, f"/feeds/repositories/pbins.{form}") == [libfoo, hello]
    assert titles(client, f"/feeds/repositories/other.{form}") == [other]
    assert titles(client, f"/feeds/packages/sys-test/hello.{form}") == [hello]


def test_rss_holds_what_the_standard_asks_for(client: Client, channel: Channel) -> None:
    entry = make_entry(channel, fields={"SUMMARY": "Tom & <Jerry>"}, size=226_000)
    make_change(entry)
    response = client.get("/feeds/repositories/pbins.rss")
    assert response.headers["Content-Type"] == "application/rss+xml; charset=utf-8"
    root = ET.fromstring(response.content)
    assert (root.tag, root.get("version")) == ("rss", "2.0")
    for required in ("title", "link", "description", "lastBuildDate"):
        assert text_of(root, f"channel/{required}")
    self_link = root.find(f"channel/{ATOM}link")
    assert self_link is not None
    assert self_link.get("href") == "http://127.0.0.1:8000/feeds/repositories/pbins.rss"
    (item,) = root.findall("channel/item")
    assert parsedate_to_datetime(text_of(item, "pubDate")) == NOON
    guid = item.find("guid")
    assert guid is not None
    assert (guid.get("isPermaLink"), (guid.text or "")[:9]) == ("false", "urn:uuid:")
    content = text_of(item, "description")
    for expected in ("Tom &amp; &lt;Jerry&gt;", "221 KiB", "slot 0", "cave resolve -x ="):
        assert expected in content


def test_atom_holds_what_the_standard_asks_for(client: Client, channel: Channel) -> None:
    make_change(make_entry(channel))
    response = client.get("/feeds/repositories/pbins.atom")
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = ET.fromstring(response.content)
    assert root.tag == f"{ATOM}feed"
    for required in ("id", "title", "updated", f"author/{ATOM}name"):
        assert text_of(root, f"{ATOM}{required}")
    relations = {link.get("rel") for link in root.findall(f"{ATOM}link")}
    assert relations == {"alternate", "self", "first", "current"}
    (entry,) = root.findall(f"{ATOM}entry")
    for required in ("id", "title", "updated", "published", "summary", "content"):
        assert text_of(entry, f"{ATOM}{required}")
    assert datetime.fromisoformat(text_of(entry, f"{ATOM}updated")) == NOON


def test_json_feed_holds_what_the_standard_asks_for(client: Client, channel: Channel) -> None:
    make_change(make_entry(channel))
    response = client.get("/feeds/repositories/pbins.json")
    assert response.headers["Content-Type"] == "application/feed+json; charset=utf-8"
    feed = response.json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    assert feed["feed_url"] == "http://127.0.0.1:8000/feeds/repositories/pbins.json"
    (item,) = feed["items"]
    assert item["id"].startswith("urn:uuid:")
    assert item["url"] == "http://127.0.0.1:8000/packages/pbins/master/sys-test/hello/1.0-r3/"
    assert datetime.fromisoformat(item["date_published"]) == NOON
    assert "cave resolve" in item["content_html"]


def test_every_address_is_that_under_which_the_portal_is_known(
    client: Client, channel: Channel, settings: Settings
) -> None:
    settings.PBINS_BASE_URL = "https://portal.example.org/x"
    make_change(make_entry(channel))
    feed = client.get("/feeds/repositories/pbins.json").json()
    assert feed["home_page_url"].startswith("https://portal.example.org/x/packages/")
    assert 'href="https://portal.example.org/x/distfiles/' in feed["items"][0]["content_html"]


@pytest.mark.parametrize("form", FORMATS)
def test_a_feed_without_items_is_valid_and_never_updated(
    client: Client, channel: Channel, form: str
) -> None:
    first = client.get(f"/feeds/repositories/pbins.{form}")
    assert titles(client, f"/feeds/repositories/pbins.{form}") == []
    assert first.content == client.get(f"/feeds/repositories/pbins.{form}").content
    assert b"1970" in first.content or form == "json"


def test_identities_stay_when_the_address_and_everything_around_change(
    client: Client, channel: Channel, settings: Settings
) -> None:
    entry = make_entry(channel)
    make_change(entry)
    (before,) = client.get("/feeds/all.json").json()["items"]
    settings.PBINS_BASE_URL = "https://elsewhere.example.org"
    make_change(entry, ChangeKind.REPLACED)
    latest, after = client.get("/feeds/all.json").json()["items"]
    assert after["id"] == before["id"]
    assert latest["id"] != before["id"]


@pytest.mark.parametrize("form", FORMATS)
def test_characters_that_xml_cannot_hold_are_left_out(
    client: Client, channel: Channel, form: str
) -> None:
    make_change(make_entry(channel, fields={"SUMMARY": "be\x07ep \x1b[1m \ufffe ünï 📦"}))
    content = client.get(f"/feeds/all.{form}").content.decode()
    for character in "\x07\x1b\ufffe":
        assert character not in content
    assert "beep" in content
    assert "📦" in content
    assert len(titles(client, f"/feeds/all.{form}")) == 1


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    "scope",
    [
        "all",
        "repositories/pbins",
        "repositories/pbins/master",
        "categories/sys-test",
        "packages/sys-test/hello",
    ],
)
@pytest.mark.parametrize("by", [("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")])
def test_who_has_the_latest_is_told_so_from_one_row(
    client: Client,
    channel: Channel,
    django_assert_num_queries: DjangoAssertNumQueries,
    form: str,
    scope: str,
    by: tuple[str, str],
) -> None:
    entry = make_entry(channel)
    make_change(entry)
    path, (given, asked) = f"/feeds/{scope}.{form}", by
    known = client.get(path).headers[given]
    with django_assert_num_queries(1):
        response = client.get(path, headers={asked: known})
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["ETag"]
    make_change(entry, ChangeKind.REPLACED, at=NOON + timedelta(seconds=1))
    assert client.get(path, headers={asked: known}).status_code == 200


def test_a_new_address_of_the_portal_is_a_new_feed(
    client: Client, channel: Channel, settings: Settings
) -> None:
    make_change(make_entry(channel))
    etag = client.get("/feeds/all.rss").headers["ETag"]
    settings.PBINS_BASE_URL = "https://elsewhere.example.org"
    assert client.get("/feeds/all.rss", headers={"If-None-Match": etag}).status_code == 200


def test_the_queries_of_a_feed_do_not_grow_and_its_items_end(
    client: Client, channel: Channel, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        make_change(make_entry(channel, version=f"1.{number}"))
    with django_assert_max_num_queries(5):
        assert len(titles(client, "/feeds/all.json")) == 50


def test_what_is_gone_is_still_told_but_not_how_to_install_it(
    client: Client, channel: Channel
) -> None:
    entry = make_entry(channel)
    make_change(entry)
    entry.delete()
    entry.pbin.delete()
    (item,) = client.get("/feeds/all.json").json()["items"]
    assert item["summary"] == "A test program"
    assert "cave resolve" not in item["content_html"]


@pytest.mark.parametrize(
    "path",
    [
        "/feeds/repositories/nowhere.rss",
        "/feeds/repositories/pbins/nowhere.rss",
        "/feeds/categories/a.json",
        "/feeds/packages/a/b.atom",
        "/feeds/all.txt",
        "/feeds/all.atom?before=x",
        "/feeds/all.atom?before=1.",
        "/feeds/all.atom?before=999999999999999999.1",
        "/feeds/all.json?before=1.9999999999999999999",
        "/feeds/failures.atom?before=999999999999999999.1",
    ],
)
def test_there_is_no_feed_of_nothing(admin_client: Client, channel: Channel, path: str) -> None:
    assert admin_client.get(path).status_code == 404


def test_a_package_that_was_never_published_has_a_feed_to_wait_for(
    client: Client, channel: Channel
) -> None:
    make_entry(channel, withheld="Its tarball is not here.")
    assert titles(client, "/feeds/packages/sys-test/hello.atom") == []


def test_the_feeds_are_listed_for_people(client: Client, channel: Channel) -> None:
    page = client.get("/feeds/").content.decode()
    for path in ("/feeds/all.rss", "/feeds/all.json", "/feeds/repositories/pbins.atom"):
        assert f'href="{path}"' in page


def test_times_are_in_utc_whatever_the_zone_of_the_portal(
    client: Client, channel: Channel, settings: Settings
) -> None:
    settings.TIME_ZONE = "Asia/Tokyo"
    make_change(make_entry(channel), at=datetime(2026, 1, 1, tzinfo=UTC))
    (item,) = client.get("/feeds/all.json").json()["items"]
    assert item["date_published"] == "2026-01-01T00:00:00+00:00"


def test_every_feed_of_the_page_is_named(client: Client, channel: Channel) -> None:
    make_entry(channel)
    page = client.get("/feeds/").content.decode()
    for title in ("in every repository", "in pbins<", "in the channel pbins/master"):
        assert title in page
    assert "in the category sys-test" in page
    head = client.get("/packages/?repository=pbins").content.decode()
    assert 'title="New binary packages in pbins (Atom)"' in head
