"""Every page: without a fault in the console, and fit for a phone."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.asking import ask_for_build, ended
from tests.browser.chromium import watched_page
from tests.browser.portals import Portal

pytestmark = pytest.mark.browser
PAGES = (
    "",
    "packages/",
    "packages/app-misc/plain/",
    "packages/pbins/master/app-misc/plain/1/",
    "feeds/",
    "distfiles/pbins/",
    "repositories/",
    "repositories/pbins/",
    "repositories/pbins/build/",
    "repositories/pbins/sync/",
    "repositories/pbins/publications/",
    "publications/1/",
    "sets/",
    "new-set/",
    "runs/",
    "runs/1/",
    "rollouts/",
    "hosts/",
    "hosts/forge/",
    "hosts/web1/",
)
ADMIN = (
    "",
    "pbins/host/",
    "pbins/host/add/",
    "pbins/host/1/change/",
    "pbins/tag/",
    "pbins/credential/",
    "pbins/credential/1/change/",
    "pbins/repository/1/change/",
    "pbins/packageset/",
    "pbins/publication/",
    "pbins/run/",
    "pbins/run/1/change/",
    "pbins/rollout/",
    "auth/user/",
)
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def something_published(browser: Browser, running: Portal, session: Path) -> None:
    with watched_page(browser, running.url, session) as (page, _):
        ask_for_build(page, "app-misc/plain")
        assert ended(page) == "succeeded"


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size({"width": 390, "height": 844})
    return page


@pytest.mark.usefixtures("something_published")
def test_every_page_fits_a_phone(phone: Page) -> None:
    too_wide = []
    for path in PAGES:
        answer = phone.goto(f"/{path}")
        assert answer is not None
        assert answer.ok, path
        expect(phone.get_by_role("heading", level=1)).to_be_visible()
        if phone.evaluate(SIDEWAYS) > 0:
            too_wide.append(path)
    assert too_wide == []


def test_a_build_is_asked_for_on_a_phone(phone: Page) -> None:
    ask_for_build(phone, "app-misc/plain")
    assert ended(phone) == "succeeded"
    phone.get_by_role("link", name="Hosts", exact=True).click()
    expect(phone.get_by_role("heading", name="Hosts")).to_be_visible()


def test_the_administration_is_a_step_away(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Menu of admin").click()
    page.get_by_role("link", name="Administration").click()
    for path in ADMIN:
        answer = page.goto(f"/admin/{path}")
        assert answer is not None
        assert answer.ok, path
    page.goto("/admin/")
    page.get_by_role("link", name="Queues and workers").click()
    for name in ("builds", "syncs", "housekeeping"):
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))
        expect(row).to_be_visible()
    page.get_by_role("link", name="Back to the portal").click()
    expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()


def test_filling_in_what_belongs_to_a_choice_chooses_it(page: Page) -> None:
    page.goto("/repositories/pbins/sync/")
    page.get_by_label("web2").check()
    expect(page.get_by_label("Chosen ones")).to_be_checked()
    expect(page.get_by_text("1 of 2")).to_be_visible()


def test_the_theme_stays_as_it_was_chosen(page: Page) -> None:
    page.goto("/")
    toggle = page.locator("#theme-toggle")
    while page.evaluate("portalTheme.choice()") != "dark":
        toggle.click()
    page.goto("/packages/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).colorScheme") in {"dark", "normal"}
