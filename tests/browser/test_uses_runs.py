"""The main use of the pages about work: planned first, cancelled, run again, in batches."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.asking import ask_for_build, ended, give_back_the_count, message, state
from tests.browser.axe import barriers

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("lived_in")]


def test_a_plan_is_looked_at_built_cancelled_and_built_again(page: Page, gate: Path) -> None:
    gate.unlink(missing_ok=True)
    page.goto("/repositories/pbins/build/")
    page.get_by_role("textbox", name="Packages").fill("app-misc/lonely")
    page.get_by_role("button", name="Plan only").click()
    title = page.get_by_role("heading", level=1)
    expect(title).to_contain_text("Plan app-misc/lonely")
    assert ended(page) == "succeeded"
    expect(page.get_by_role("region", name="Plan", exact=True)).to_contain_text("Create binary")
    page.get_by_role("button", name="Build this").click()
    expect(title).to_contain_text("Build app-misc/lonely")
    expect(page.locator(".step-table .is-active")).to_contain_text("app-misc/lonely")
    page.get_by_role("button", name="Cancel").click()
    assert ended(page) == "cancelled"
    gate.touch()
    page.get_by_role("button", name=re.compile("^(Run again|Plan again)$")).click()
    expect(page.get_by_text(re.compile("again what run"))).to_be_visible()
    assert ended(page) == "succeeded"
    expect(page.get_by_role("region", name="Published")).to_contain_text("app-misc/lonely")


def test_a_build_that_asks_for_options_goes_on_with_those_that_are_chosen(page: Page) -> None:
    ask_for_build(page, "app-misc/motor")
    expect(state(page)).to_have_text("needs confirmation")
    assert barriers(page) == []
    page.get_by_role("checkbox", name="steam").check()
    page.get_by_role("button", name="Use these options").click()
    assert ended(page) == "succeeded"
    page.goto("/packages/pbins/master/app-misc/motor/1/")
    expect(page.get_by_role("region", name="Options")).to_contain_text("steam")


def test_a_rollout_stops_and_what_is_left_of_it_is_cancelled(page: Page) -> None:
    sync_one_by_one(page)
    page.get_by_role("button", name="Cancel what has not begun").click()
    expect(page.get_by_label("Type 1, the number of hosts that wait")).to_be_visible()
    give_back_the_count(page)
    page.get_by_role("button", name="Cancel what has not begun").click()
    expect(message(page)).to_contain_text("1 run cancelled before it began.")
    expect(host(page, "web2")).to_contain_text("cancelled")
    page.get_by_role("button", name="Retry what ended badly").click()
    expect(message(page)).to_contain_text("1 host tried again.")
    expect(page.get_by_text("2 of 2 hosts done")).to_be_visible()
    expect(host(page, "web1")).to_contain_text("failed")


def test_a_rollout_that_has_stopped_goes_on_regardless(page: Page) -> None:
    sync_one_by_one(page)
    page.get_by_role("button", name="Go on regardless").click()
    expect(message(page)).to_contain_text("It goes on")
    expect(page.get_by_text("2 of 2 hosts ended badly.")).to_be_visible()
    page.get_by_role("link", name="2 ended badly").click()
    expect(host(page, "web2")).to_contain_text("not installed")
    page.get_by_role("link", name="Rollouts").click()
    newest = page.get_by_role("main").get_by_role("row").nth(1)
    expect(newest).to_contain_text("2 of 2, 2 ended badly")


def sync_one_by_one(page: Page) -> None:
    """With something that no host can install, until that has stopped it."""
    page.goto("/repositories/pbins/sync/")
    page.get_by_label("Then install or update").fill("no-such/thing")
    page.get_by_label("Hosts at a time").fill("0")
    page.get_by_role("button", name="Sync").click()
    expect(page.get_by_label("Hosts at a time")).to_have_accessible_description(
        re.compile("greater than or equal to 1")
    )
    page.get_by_label("Hosts at a time").fill("1")
    page.get_by_label("Stop when so many have ended badly").fill("1")
    page.get_by_role("button", name="Sync").click()
    told = page.locator(".rollout-batch")
    expect(told).to_contain_text("The rollout has stopped: 1 of its hosts ended badly.")
    expect(host(page, "web2")).to_contain_text("queued")


def host(page: Page, name: str) -> Locator:
    rows = page.get_by_role("region", name="Runs").get_by_role("row")
    return rows.filter(has=page.get_by_role("link", name=name, exact=True))
