"""What several tests ask of the portal's pages."""

import re

from playwright.sync_api import Locator, Page, expect

FINAL = ("succeeded", "partly succeeded", "failed", "cancelled", "lost")


def state(page: Page) -> Locator:
    """The state of the run whose page is shown."""
    return page.get_by_role("heading", level=1).locator(".state")


def ended(page: Page) -> str:
    """How the run ended whose page is shown; waits for that, without loading the page again."""
    expect(state(page)).to_have_text(re.compile(rf"^({'|'.join(FINAL)})$"))
    return state(page).inner_text()


def ask_for_build(page: Page, *specs: str) -> None:
    """From the dashboard to the run's page."""
    page.goto("/")
    page.get_by_role("link", name="Build", exact=True).click()
    page.get_by_role("textbox", name="Packages").fill("\n".join(specs))
    page.get_by_role("button", name="Build", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Build {specs[0]}")


def log_in(page: Page, name: str, password: str) -> None:
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Log in").click()
