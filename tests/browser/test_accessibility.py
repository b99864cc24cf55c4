"""Every page, as links lead to it: alive, within a phone's width, and open to everybody (axe)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.axe import look_at
from tests.browser.chromium import watched_page
from tests.browser.conftest import NEW_PAGES, NEW_REPOSITORY
from tests.browser.portals import Portal
from tests.browser.walking import GONE, Walk, patterns, walk

pytestmark = pytest.mark.browser
# Pages that no link of this portal leads to, with an address of each.
UNLINKED = {"login": "/login/"}
REMOVED = "/packages/pbins/tested/app-misc/brief/1/"
# Not pages; what links, forms and scripts of the pages ask for is known without being named here.
NO_PAGES = {
    *("git", "tree_archive", "robots", "sitemap", "sitemaps"),  # for programs
    *("feed_search", "feed_hosts", "feed_host_group", "feed_failures"),  # for who has a token
    "setup",  # only until there is an administrator; it has a test of its own
    "package_version",  # leads on to where it is now
    *("run_live", "rollout_live", "version_files", "version_dependants"),  # parts of pages
    *("import_live", "place_trust"),  # of an import under way, of a host that shows a key
    # Buttons of pages in another state than they are here.
    *("finding_repair", "pin_remove", "trash_restore", "version_allow", "channel_remove"),
    "version_take_again",
    "builders_clean",
    *("rollout_go_on", "rollout_cancel", "rollout_retry", "token_revoke"),
    *("run_cancel", "run_build", "run_collect"),
    *("run_answer", "run_decide", "run_decide_all"),
}


@pytest.fixture(scope="module")
def walked(browser: Browser, lived_in: Portal, session: Path) -> Iterator[Walk]:
    with watched_page(browser, lived_in.url, session) as (page, _):
        yield walk(page.request, lived_in.url)


def test_no_link_leads_nowhere(walked: Walk) -> None:
    assert walked.dead == []


def test_every_page_is_reached_by_links(walked: Walk) -> None:
    reached = set(walked.pages) | walked.others
    assert patterns() - reached - set(UNLINKED) - NO_PAGES == set()


def test_every_page_is_open_to_everybody_and_fits_a_phone(page: Page, walked: Walk) -> None:
    addresses = {name: paths[0] for name, paths in walked.pages.items()} | UNLINKED
    faults = {name: found for name, path in addresses.items() if (found := look_at(page, path))}
    assert faults == {}


def test_pages_of_what_is_gone_are_open_to_everybody_too(
    browser: Browser, lived_in: Portal, session: Path
) -> None:
    with watched_page(browser, lived_in.url, session) as (page, watch):
        watch.expected.add(GONE)
        assert look_at(page, REMOVED) == []
        expect(page.get_by_text("does not have this version any more")).to_be_visible()


def test_the_first_page_of_all_is_open_to_everybody(faults_of_the_first_page: list[str]) -> None:
    assert faults_of_the_first_page == []


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/nowhere/", 404, "Nothing is here"),
        ("/runs/1/retry", 405, "Nothing was done"),
        ("/packages/?q=nothing-like-this", 200, "Packages"),
    ],
)
def test_where_there_is_nothing_to_show_a_page_like_the_others_says_so(
    browser: Browser, portal: Portal, session: Path, path: str, status: int, told: str
) -> None:
    with watched_page(browser, portal.url, session) as (page, watch):
        watch.expected.add(status)
        assert look_at(page, path) == []
        expect(page.get_by_role("heading", level=1)).to_have_text(told)


def test_pages_of_a_new_portal_are_open_to_everybody(
    session: Path, faults_of_new_pages: dict[str, list[str]]
) -> None:
    assert session.is_file()
    assert {path: found for path, found in faults_of_new_pages.items() if found} == {}
    assert len(faults_of_new_pages) == len(NEW_PAGES) + len(NEW_REPOSITORY)
