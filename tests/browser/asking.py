"""What several tests ask of the portal's pages."""

import re
import time

from playwright.sync_api import Locator, Page, expect

OFTEN = 0.3  # seconds between two looks at a page that does not move by itself
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


def message(page: Page) -> Locator:
    """What a page says of what was just asked for."""
    return page.get_by_role("main").locator("> .alert")


def look_until(page: Page, awaited: Locator) -> None:
    """Load a page again until it says what a worker has done meanwhile."""
    for _ in range(100):
        if awaited.first.is_visible():
            return
        time.sleep(OFTEN)
        page.reload()
    expect(awaited.first).to_be_visible()


def give_back_the_count(page: Page) -> None:
    """Type the number that the page asks for; what is done then has a button of its own."""
    label = page.locator("label[for=id_count]").inner_text()
    page.get_by_label(re.compile(r"^Type \d+")).fill(re.sub(r"\D", "", label))
