"""What a new portal says; the fixture ``session`` has walked the whole way in the browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import Watch

pytestmark = pytest.mark.browser


def test_the_first_run_page_is_gone_once_there_is_an_administrator(
    stranger: tuple[Page, Watch],
) -> None:
    page, _ = stranger
    page.goto("/setup/")
    expect(page).to_have_url("/login/")


def test_the_fleet_is_ready_after_the_first_steps(page: Page) -> None:
    page.goto("/hosts/")
    for name, role in (("forge", "builder"), ("web1", "consumer"), ("web2", "consumer")):
        row = page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))
        expect(row).to_contain_text("ready")
        expect(row).to_contain_text(role)
