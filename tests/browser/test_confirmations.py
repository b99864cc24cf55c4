"""What cave will not do unpermitted waits for a person, who allows or denies it."""

import pytest
from playwright.sync_api import Page, expect

from demo.fleet import Fleet
from tests.browser.asking import ask_for_build, ended, state
from tests.browser.axe import barriers

pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def newer_library(page: Page, fleet: Fleet) -> None:
    """The builder has a newer dev-libs/jigsaw than games-misc/retro can live with."""
    ask_for_build(page, "app-misc/modern")
    assert ended(page) == "succeeded"


def test_a_build_goes_on_when_it_is_allowed(page: Page) -> None:
    ask_for_build(page, "games-misc/retro")
    expect(state(page)).to_have_text("needs confirmation")
    asked = page.get_by_role("region", name="cave asks before it goes on")
    expect(asked).to_contain_text("dev-libs/jigsaw")
    page.goto("/")
    page.get_by_role("link", name="1 run waits for a decision").click()
    page.get_by_role("link", name="Build games-misc/retro").click()
    asked.get_by_role("button", name="Allow").click()
    assert ended(page) == "succeeded"
    expect(page.get_by_role("region", name="Permissions")).to_contain_text("allowed")
    expect(page.get_by_role("region", name="Published")).to_contain_text("games-misc/retro")


def test_a_build_ends_when_it_is_denied(page: Page) -> None:
    ask_for_build(page, "games-misc/retro")
    expect(state(page)).to_have_text("needs confirmation")
    assert barriers(page) == []
    page.get_by_role("button", name="Deny").click()
    assert ended(page) == "cancelled"
    expect(page.get_by_role("region", name="Permissions")).to_contain_text("denied")
    expect(page.get_by_role("region", name="Published")).to_contain_text("It published nothing")


def test_all_that_a_build_asks_is_allowed_at_once(page: Page) -> None:
    ask_for_build(page, "dev-libs/jigsaw[<2]", "dev-util/pi-only")
    expect(state(page)).to_have_text("needs confirmation")
    page.get_by_role("button", name="Allow all 2").click()
    assert ended(page) == "partly succeeded"
    expect(page.get_by_text("not given to hosts")).to_be_visible()  # it has no platform of theirs
    answers = page.get_by_role("region", name="Permissions").get_by_role("listitem")
    expect(answers.filter(has_text="allowed")).to_have_count(2)
    expect(page.get_by_role("region", name="Published")).to_contain_text("dev-libs/jigsaw")
