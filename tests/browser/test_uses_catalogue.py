"""The main use of the catalogue's other pages: lists, comparison, hosts, tarballs, what is gone."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import watched_page
from tests.browser.portals import Portal

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("lived_in")]


@pytest.fixture
def lost(browser: Browser, portal: Portal, session: Path) -> Iterator[Page]:
    """A page that may be where nothing is, or nothing any more."""
    with watched_page(browser, portal.url, session) as (page, watch):
        watch.expected |= {404, 410}
        yield page


def test_a_list_is_narrowed_to_a_channel_and_leads_to_a_package(page: Page, portal: Portal) -> None:
    portal.manage("catalogue", "lists", "--refresh")
    page.goto("/packages/")
    page.get_by_role("link", name="Lists").click()
    page.get_by_role("link", name="Nothing depends on them").click()
    rows = page.get_by_role("main").get_by_role("table").get_by_role("row")
    in_master = rows.filter(has_text="app-misc/brief").filter(has_text="pbins/master")
    expect(in_master).to_have_count(1)
    page.get_by_role("link", name="pbins/tested (").click()
    expect(rows.filter(has_text="app-shells/conch")).to_have_count(1)
    expect(in_master).to_have_count(0)
    page.get_by_role("link", name="all channels").click()
    in_master.get_by_role("link", name="app-misc/brief").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("brief")


def test_the_largest_are_listed_with_their_size(page: Page) -> None:
    page.goto("/packages/lists/")
    page.get_by_role("link", name="The largest").click()
    conch = page.get_by_role("row").filter(has_text="app-shells/conch").first
    expect(conch).to_contain_text(re.compile(r"\d (B|KiB|MiB)"))
    conch.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("conch")


def test_two_builds_are_compared_from_the_page_of_a_version(page: Page) -> None:
    page.goto("/packages/pbins/master/app-shells/conch/4.2/")
    page.get_by_role("region", name="Compare").get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("From 4.2 to 4.2")
    expect(page.get_by_role("region", name="Files")).to_contain_text("They install the same files")
    asked = parse_qs(urlsplit(page.url).query)
    page.get_by_role("link", name="The other way round").click()
    turned = parse_qs(urlsplit(page.url).query)
    assert turned == {"before": asked["after"], "after": asked["before"]}


def test_a_package_tells_which_hosts_have_it(page: Page) -> None:
    page.goto("/packages/app-shells/conch/")
    page.get_by_role("region", name="Installed").get_by_role("link", name="Hosts").click()
    rows = page.get_by_role("main").get_by_role("row")
    for name in ("web1", "web2"):
        expect(rows.filter(has_text=name)).to_contain_text("4.2")
    page.get_by_role("link", name="web2").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("web2")


def test_a_tarball_is_found_by_a_part_of_its_name(page: Page) -> None:
    page.goto("/repositories/pbins/")
    page.get_by_role("link", name="Tarballs").click()
    page.get_by_role("searchbox", name="Part of the name").fill("brief")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("1 tarball", exact=True)).to_be_visible()
    link = page.get_by_role("link", name=re.compile("app-misc--brief"))
    assert page.request.get(str(link.get_attribute("href"))).ok


def test_what_is_gone_leads_to_where_it_is_now(lost: Page) -> None:
    lost.goto("/packages/pbins/tested/app-misc/brief/1/")
    expect(lost.get_by_role("heading", level=1)).to_contain_text("removed")
    now = lost.locator(".card").filter(has_text="It is elsewhere now")
    now.get_by_role("link", name="1", exact=True).click()
    expect(lost).to_have_url("/packages/pbins/master/app-misc/brief/1/")
    expect(lost.get_by_role("heading", level=1)).to_contain_text("served")


def test_where_nothing_is_one_goes_on_by_the_search_or_to_the_dashboard(lost: Page) -> None:
    lost.goto("/packages/pbins/master/no-such/thing/1/")
    expect(lost.get_by_role("heading", level=1)).to_have_text("Nothing is here")
    lost.keyboard.press("/")
    lost.keyboard.type("prompt")
    lost.keyboard.press("Enter")
    expect(lost.get_by_role("main").get_by_role("link", name="app-shells/conch")).to_be_visible()
    lost.go_back()
    lost.get_by_role("link", name="To the dashboard").click()
    expect(lost.get_by_role("heading", level=1)).to_have_text("Dashboard")
