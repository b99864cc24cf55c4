"""What pages have in common, and the administration beside them."""

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.asking import ask_for_build, ended
from tests.browser.portals import Portal

pytestmark = pytest.mark.browser
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


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_viewport_size({"width": 390, "height": 844})
    return page


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_a_script_the_theme_is_the_systems(
    browser: Browser, portal: Portal, session: Path, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(
        base_url=portal.url,
        storage_state=session,
        java_script_enabled=False,
        color_scheme=scheme,
    )
    page = context.new_page()
    page.goto("/hosts/")
    for part in ("body", ".card", ".topbar"):
        shade = page.locator(part).first.evaluate("node => getComputedStyle(node).backgroundColor")
        brightest = max(int(number) for number in re.findall(r"\d+", shade)[:3])
        assert (brightest > 127) == (scheme == "light"), part
    context.close()


def test_a_text_is_selected_where_the_browser_gives_no_clipboard(page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto("/repositories/pbins/")
    button = page.get_by_role("button", name="Copy").first
    button.click()
    expect(page.get_by_text("Selected: press Ctrl+C")).to_be_visible()
    assert "sync" in page.evaluate("getSelection().toString()")
