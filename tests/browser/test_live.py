"""Pages that change while somebody reads them: what is read stays where it is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.asking import ask_for_build, ended
from tests.browser.chromium import watched_page
from tests.browser.portals import Portal
from tests.browser.shifting import LOOK, OBSERVE, SETTLE, count_from_here, opened, shifts

pytestmark = pytest.mark.browser
LOST = "Connection lost, trying again"
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def page(page: Page) -> Page:
    page.context.add_init_script(OBSERVE)
    return page


@pytest.fixture
def held(gate: Path) -> Iterator[Path]:
    """A build of app-misc/held goes on until this file is there."""
    gate.unlink(missing_ok=True)
    yield gate
    gate.touch()


@pytest.mark.parametrize("size", [None, PHONE], ids=["wide", "phone"])
def test_nothing_moves_about_while_a_build_goes_on(
    page: Page, held: Path, size: dict[str, int] | None
) -> None:
    if size:
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
    dashboard, runs = opened(page, "/"), opened(page, "/runs/")
    ask_for_build(page, "app-misc/held")
    count_from_here(page)
    expect(page.locator(".step-table .is-active")).to_contain_text("app-misc/held")
    expect(dashboard.get_by_role("region", name="Under way")).to_contain_text("executing")
    expect(runs.locator(".newer")).to_contain_text("newer run")
    runs = opened(page, "/runs/")
    held.touch()
    assert ended(page) == "succeeded"
    row = runs.get_by_role("row").filter(has_text="app-misc/held").first
    expect(row).to_contain_text("succeeded")
    expect(dashboard.get_by_role("region", name="Under way")).to_contain_text("succeeded")
    assert {view.url: shifts(view) for view in (page, dashboard, runs)} == {
        view.url: [] for view in (page, dashboard, runs)
    }


def test_nothing_moves_about_when_a_build_fails(page: Page) -> None:
    ask_for_build(page, "dev-util/broken")
    count_from_here(page)
    assert ended(page) == "failed"
    expect(page.get_by_role("region", name="Why it failed")).to_contain_text("broken.c:1:1")
    assert shifts(page) == []


def test_nothing_moves_about_while_hosts_sync(page: Page) -> None:
    page.goto("/repositories/pbins/sync/")
    page.get_by_role("button", name="Sync").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sync of pbins")
    count_from_here(page)
    expect(page.get_by_text("2 of 2 hosts done")).to_be_visible()
    assert shifts(page) == []


def test_what_a_reader_has_opened_selected_and_focused_stays_so(page: Page, held: Path) -> None:
    ask_for_build(page, "app-misc/held")
    expect(page.locator(".step-table .is-active")).to_contain_text("app-misc/held")
    executed = page.get_by_text("Executed").locator("xpath=following-sibling::dd[1]/details")
    executed.evaluate("details => { details.open = true; }")
    page.get_by_role("link", name="What waits for what").focus()
    page.evaluate("getSelection().selectAllChildren(document.querySelector('h1'))")
    held.touch()
    assert ended(page) == "succeeded"
    assert executed.evaluate("details => details.open")
    assert page.evaluate("getSelection().toString()").startswith("Build app-misc/held")
    assert page.evaluate("document.activeElement.id") != ""


def test_a_lost_connection_is_told_and_what_was_missed_is_caught_up(
    browser: Browser, portal: Portal, session: Path
) -> None:
    context = browser.new_context(base_url=portal.url, storage_state=session)
    page = context.new_page()
    page.goto("/")
    lost = page.get_by_text(LOST)
    expect(lost).to_be_hidden()
    live = page.get_by_role("region", name="Hosts", exact=True)
    live.evaluate("hosts => hosts.replaceChildren()")
    page.route("**/live*", lambda route: route.abort())
    page.evaluate(LOOK)
    expect(lost).to_be_visible()
    page.unroute("**/live*")
    expect(lost).to_be_hidden()
    expect(live).to_contain_text("Ready")
    page.route("**/live*", lambda route: route.fulfill(status=500, body="no"))
    page.evaluate(LOOK)
    expect(lost).to_be_visible()
    with page.expect_response("**/live*"):
        page.evaluate(LOOK)
    page.evaluate(SETTLE)
    expect(lost).to_be_visible()
    page.unroute("**/live*")
    expect(lost).to_be_hidden()
    context.close()


def test_a_page_that_nobody_looks_at_asks_for_nothing(page: Page) -> None:
    page.goto("/")
    asked: list[str] = []
    page.on(
        "request", lambda request: asked.append(request.url) if "/live" in request.url else None
    )
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.evaluate(LOOK)
    page.evaluate(SETTLE)
    assert asked == []
    with page.expect_response("**/live*"):
        page.evaluate(
            "delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))"
        )


def test_times_are_in_the_zone_of_who_reads_them(
    browser: Browser, portal: Portal, session: Path
) -> None:
    context = browser.new_context(
        base_url=portal.url, storage_state=session, timezone_id="America/New_York"
    )
    page = context.new_page()
    page.goto("/runs/")
    asked = page.locator("time[data-ago]").first
    written = asked.get_attribute("title")
    assert written
    assert written.endswith("UTC-05:00")
    with page.expect_response("**/runs/") as answered:
        page.reload()
    assert written in answered.value.text()
    expect(page.get_by_text("Times are in America/New_York")).to_be_visible()
    context.close()


def test_pages_are_reached_by_keyboard(browser: Browser, portal: Portal, session: Path) -> None:
    with watched_page(browser, portal.url, session) as (page, _):
        page.goto("/")
        page.keyboard.press("g")
        page.keyboard.press("h")
        expect(page.get_by_role("heading", level=1)).to_have_text("Hosts")
        page.keyboard.press("?")
        keys = page.get_by_role("dialog", name="Keyboard")
        expect(keys).to_be_visible()
        page.keyboard.press("Escape")
        page.keyboard.press("/")
        expect(page.locator("#search")).to_be_focused()
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Keyboard").click()
        keys.get_by_label("These keys work").uncheck()
        page.keyboard.press("Escape")
        page.goto("/hosts/")
        page.keyboard.press("?")
        page.keyboard.press("/")
        expect(keys).to_be_hidden()
        expect(page.locator("#search")).not_to_be_focused()
