"""The main use of each page, as a person makes it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.asking import ended, give_back_the_count, message
from tests.browser.portals import Portal

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("lived_in")]
CHANNELS = "/repositories/pbins/channels"


def test_packages_are_found_by_words_and_narrowed_by_filters(page: Page) -> None:
    page.goto("/packages/")
    rows = page.get_by_role("main").get_by_role("table").get_by_role("row")
    page.get_by_role("search", name="Packages").get_by_role("searchbox").fill("prompt")
    page.get_by_role("button", name="Filter").click()
    expect(rows).to_have_count(2)
    expect(rows.last).to_contain_text("app-shells/conch")
    page.goto("/packages/?channel=tested")
    expect(rows.filter(has_text="app-shells/conch")).to_have_count(1)
    expect(rows.filter(has_text="app-misc/brief")).to_have_count(0)
    page.get_by_role("list", name="What is asked for").get_by_role("link").first.click()
    expect(rows.filter(has_text="app-misc/brief")).to_have_count(1)


def test_a_filter_that_is_chosen_changes_the_results_and_not_the_page(page: Page) -> None:
    page.goto("/packages/?q=prompt")
    toggle = page.locator("#theme-toggle").element_handle()
    assert toggle is not None
    page.get_by_text("Filters", exact=True).click()
    page.get_by_label("Category", exact=True).select_option("app-shells")
    chips = page.get_by_role("list", name="What is asked for")
    expect(chips).to_contain_text("category app-shells")
    assert page.url.endswith("?q=prompt&category=app-shells")
    assert toggle.evaluate("button => button.isConnected")


def test_a_package_leads_to_its_versions_and_those_to_what_they_need(page: Page) -> None:
    page.goto("/packages/app-shells/conch/")
    page.get_by_role("main").get_by_role("link", name="4.2", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("conch")
    needed = page.get_by_role("region", name="Dependencies", exact=True)
    needed.get_by_role("link", name="sys-libs/inkwell").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("inkwell")


def test_a_set_is_written_with_completed_names_and_its_wrong_ones_corrected(page: Page) -> None:
    page.goto("/new-set/")
    page.get_by_label("Name", exact=True).fill("tools")
    text = page.get_by_role("textbox", name="Packages")
    text.press_sequentially("# first\nconc")
    expect(page.get_by_role("option", name="app-shells/conch")).to_be_visible()
    text.press("Enter")
    expect(text).to_have_value("# first\napp-shells/conch")
    text.press_sequentially("\napp-misc/breif")
    page.get_by_role("button", name="app-misc/brief").click()
    expect(text).to_have_value("# first\napp-shells/conch\napp-misc/brief")
    expect(page.get_by_text("2 lines, every package is known")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row").filter(has_text="app-misc/brief")).to_be_visible()
    page.get_by_role("link", name="history").click()
    expect(page.get_by_text("app-misc/brief")).to_be_visible()


def test_a_set_is_changed_and_removed(page: Page) -> None:
    page.goto("/sets/")
    page.get_by_role("link", name="New set").click()
    page.get_by_label("Name", exact=True).fill("passing")
    text = page.get_by_role("textbox", name="Packages")
    text.fill("app-misc/brief")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Change", exact=True).click()
    text.fill("app-misc/brief\napp-shells/conch")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row").filter(has_text="app-shells/conch")).to_be_visible()
    page.get_by_role("link", name="Change", exact=True).click()
    page.get_by_role("button", name="Remove passing").click()
    expect(page.get_by_text("The list of packages goes")).to_be_visible()
    give_back_the_count(page)
    page.get_by_role("button", name="Remove passing").click()
    expect(message(page)).to_contain_text("The package set passing is gone")
    expect(page.get_by_role("link", name="passing")).to_have_count(0)


def test_a_set_says_what_is_missing_and_goes_to_hosts_and_away(page: Page) -> None:
    page.goto("/sets/shells/")
    packages = page.get_by_role("region", name="Packages")
    expect(packages.get_by_role("row").filter(has_text="conch")).to_contain_text("2 hosts")
    expect(packages.get_by_role("row").filter(has_text="no-such/thing")).to_contain_text("missing")
    page.get_by_role("button", name="Deploy on consumers of pbins").click()
    for name in ("web1", "web2"):
        expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("succeeded")
    page.goto("/sets/shells/")
    on_hosts = page.get_by_role("region", name="On hosts")
    expect(on_hosts).to_contain_text("2 hosts")
    on_hosts.get_by_role("button", name="Remove from hosts").click()
    give_back_the_count(page)
    page.get_by_role("button", name="Remove shells from hosts").click()
    expect(page.get_by_text("2 of 2 hosts done")).to_be_visible()
    page.goto("/sets/shells/")
    expect(on_hosts).to_contain_text("Not on hosts")


def test_a_channel_is_given_what_another_serves_and_rolled_back(page: Page) -> None:
    page.goto(f"{CHANNELS}/tested/promote/")
    page.get_by_role("button", name="Show what would change").click()
    preview = page.get_by_role("region", name="What changes in tested")
    expect(preview).to_contain_text("app-misc/brief")
    confirm(page, "Promote")
    page.goto(f"{CHANNELS}/tested/rollback/")
    page.get_by_role("button", name="Show what would change").click()
    expect(preview).to_contain_text("app-misc/brief")
    confirm(page, "Roll back")


def confirm(page: Page, verb: str) -> None:
    give_back_the_count(page)
    page.get_by_role("button", name=verb, exact=True).click()
    expect(page).not_to_have_url(re.compile("(promote|rollback)/"))


def test_a_publication_is_compared_with_a_channel(page: Page) -> None:
    page.goto("/repositories/pbins/compare/")
    page.get_by_label("From", exact=True).fill("1")
    page.get_by_label("To", exact=True).fill("master")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("region", name="From 1 to master")).to_contain_text("app-shells/conch")


def test_a_scrub_is_asked_for_and_tells_its_findings(page: Page) -> None:
    page.goto("/repositories/pbins/health/")
    page.get_by_role("button", name="Scrub", exact=True).click()
    expect(page.get_by_role("region", name="Findings")).to_be_visible()
    page.get_by_role("link", name="Clean").click()
    expect(page.get_by_role("region", name="What nobody needs")).to_be_visible()


def test_a_line_is_found_in_the_logs_of_all_runs(page: Page) -> None:
    page.goto("/runs/search/")
    page.get_by_label("Text to search for").fill("expected declaration")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name=re.compile("broken.c:1:1")).first.click()
    expect(page.get_by_role("log").get_by_text("expected declaration").first).to_be_visible()


def test_runs_are_filtered_and_a_plan_is_drawn(page: Page) -> None:
    page.goto("/runs/")
    page.get_by_label(re.compile("kind", re.IGNORECASE)).select_option("build")
    expect(page).to_have_url(re.compile("kind=build"))
    page.get_by_role("link", name="Build app-shells/conch", exact=True).first.click()
    page.get_by_role("link", name="What waits for what").click()
    expect(page.get_by_text("sys-libs/inkwell").first).to_be_visible()


def test_a_host_is_probed_from_its_page(page: Page) -> None:
    page.goto("/hosts/")
    page.get_by_role("link", name="web1", exact=True).click()
    page.get_by_role("button", name="Probe").click()
    assert ended(page) == "succeeded"


def test_a_reading_token_is_made_and_revoked(page: Page, portal: Portal) -> None:
    page.goto("/")
    page.get_by_label("Menu of admin").click()
    page.get_by_role("link", name=re.compile("account", re.IGNORECASE)).click()
    page.get_by_role("button", name="Make one").click()
    token = page.locator("#token").inner_text()
    feed = f"{portal.url}/feeds/failures.atom?token={token}"
    assert page.request.get(feed).ok
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("You have none.")).to_be_visible()
