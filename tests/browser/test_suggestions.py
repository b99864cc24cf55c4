"""The search box suggests packages while one types, and a filter what can be filled in."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("lived_in")]


def test_suggestions_are_chosen_by_key(page: Page) -> None:
    page.goto("/packages/")
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name="Search packages")
    expect(box).to_be_focused()
    box.press_sequentially("conc")
    option = page.get_by_role("option", name="app-shells/conch")
    expect(option).to_be_visible()
    expect(box).to_have_attribute("aria-expanded", "true")
    box.press("ArrowDown")
    expect(option).to_have_attribute("aria-selected", "true")
    chosen = option.get_attribute("id")
    expect(box).to_have_attribute("aria-activedescendant", chosen or "")
    box.press("Enter")
    page.wait_for_url("**/packages/app-shells/conch/")


def test_suggestions_go_away_and_the_words_are_searched_for_all_the_same(page: Page) -> None:
    page.goto("/packages/")
    box = page.get_by_role("combobox", name="Search packages")
    box.press_sequentially("prompt")
    options = page.get_by_role("listbox", name="Packages")
    expect(options).to_be_visible()
    box.press("Escape")
    expect(options).to_be_hidden()
    expect(box).to_have_value("prompt")
    box.press("Enter")
    page.wait_for_url("**/packages/?q=prompt")


def test_options_are_offered_and_what_is_empty_is_not_sent(page: Page) -> None:
    page.goto("/packages/")
    page.get_by_text("Filters", exact=True).click()
    with page.expect_response("**/choices/slot.json"):
        page.get_by_label("Slot").focus()
    expect(page.locator("#choices-slot option")).not_to_have_count(0)
    page.get_by_label("Channel").select_option("master")
    page.wait_for_url("**/packages/?channel=master")
