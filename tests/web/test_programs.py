"""What search engines and browsers are told of the portal."""

from xml.etree import ElementTree as ET

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from pbins.models import Channel
from pbins.web import sitemap
from tests.factories import make_change, make_channel, make_entry

pytestmark = pytest.mark.django_db
BASE = "http://127.0.0.1:8000"
NAMES = {"s": sitemap.XMLNS, "o": "http://a9.com/-/spec/opensearch/1.1/"}


@pytest.fixture
def channel() -> Channel:
    return make_channel()


def located(client: Client, path: str) -> list[str]:
    """The addresses of a sitemap or of the index."""
    content = client.get(path).getvalue()
    return [element.text or "" for element in ET.fromstring(content).findall("*/s:loc", NAMES)]


def test_robots_may_see_what_everybody_may(client: Client, settings: Settings) -> None:
    text = client.get("/robots.txt").content.decode()
    assert "Allow: /packages/\n" in text
    assert f"Sitemap: {BASE}/sitemap.xml\n" in text
    settings.PBINS_PUBLIC_CATALOGUE = False
    assert client.get("/robots.txt").content == b"User-agent: *\nDisallow: /\n"


def test_the_sitemaps_name_every_page_of_the_catalogue(
    client: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "AT_MOST", 2)
    entries = [make_entry(channel, version=f"{number}") for number in range(3)]
    other = make_entry(channel, "dev-libs/a+b", "1.0-r1")
    index = located(client, "/sitemap.xml")
    pages = [located(client, address.removeprefix(BASE)) for address in index]
    assert all(1 <= len(page) <= 2 for page in pages)
    found = sorted(address for page in pages for address in page)
    hello, versions = "/packages/sys-test/hello/", "/packages/pbins/master/"
    assert found == sorted(
        [f"{BASE}/packages/dev-libs/a+b/", f"{BASE}{versions}dev-libs/a+b/{other.version}/"]
        + [f"{BASE}{hello}"]
        + [f"{BASE}{versions}sys-test/hello/{entry.version}/" for entry in entries]
    )


def test_the_index_names_no_sitemap_from_which_everything_is_gone(
    client: Client, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "AT_MOST", 2)
    entries = [make_entry(channel, version=f"{number}") for number in range(9)]
    for entry in entries[2:7]:
        entry.delete()
    pages = [located(client, page.removeprefix(BASE)) for page in located(client, "/sitemap.xml")]
    assert all(pages)
    assert sum(len(page) for page in pages) == 5  # four versions, and their package


def test_a_sitemap_is_made_anew_only_when_something_has_changed(
    client: Client, channel: Channel, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    entry = make_entry(channel)
    address = "/sitemap-versions-0.xml"
    etag = client.get(address).headers["ETag"]
    with django_assert_max_num_queries(3):
        assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    make_change(entry)
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 200


def test_there_is_no_sitemap_of_nothing(client: Client, channel: Channel) -> None:
    for address in ("/sitemap-versions-0.xml", "/sitemap-packages-7.xml", "/sitemap-x-0.xml"):
        assert client.get(address).status_code == 404


def test_a_browser_learns_how_to_search(client: Client) -> None:
    response = client.get("/opensearch.xml")
    assert response.headers["Content-Type"].startswith("application/opensearchdescription+xml")
    root = ET.fromstring(response.content)
    templates = {url.get("type"): url.get("template") for url in root.findall("o:Url", NAMES)}
    assert templates["text/html"] == f"{BASE}/packages/?q={{searchTerms}}"
    for template in templates.values():
        address = (template or "").removeprefix(BASE).replace("{searchTerms}", "hello")
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("name", ["sitemaps", "opensearch"])
def test_a_private_catalogue_tells_programs_nothing(
    client: Client, settings: Settings, name: str
) -> None:
    settings.PBINS_PUBLIC_CATALOGUE = False
    assert client.get(reverse(name)).status_code == 302


def test_every_page_says_where_the_feeds_and_the_search_are(
    client: Client, channel: Channel
) -> None:
    make_entry(channel)
    for path in ("/packages/", "/packages/sys-test/hello/", "/feeds/", "/login/"):
        page = client.get(path, follow=True).content.decode()
        for part in ('href="/opensearch.xml"', 'href="/feeds/all.atom"', 'href="/feeds/all.json"'):
            assert part in page, (path, part)
    page = client.get("/packages/sys-test/hello/?from=there").content.decode()
    assert f'rel="canonical" href="{BASE}/packages/sys-test/hello/"' in " ".join(page.split())


def test_a_private_portal_does_not_name_feeds_to_strangers(
    client: Client, settings: Settings
) -> None:
    settings.PBINS_PUBLIC_CATALOGUE = settings.PBINS_PUBLIC_FEEDS = False
    page = client.get("/login/", follow=True).content.decode()
    assert "opensearch.xml" not in page
    assert "/feeds/" not in page
