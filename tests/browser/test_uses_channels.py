"""The main use of the pages about channels: begun, given a policy, removed."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.asking import give_back_the_count, message

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("lived_in")]
REPOSITORY = "/repositories/pbins/"


def test_a_channel_is_begun_and_removed(page: Page) -> None:
    page.goto(REPOSITORY)
    page.get_by_role("link", name="New channel").click()
    page.get_by_label("Name", exact=True).fill("no channel")
    page.get_by_role("button", name="Begin it").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("proof")
    page.get_by_role("button", name="Begin it").click()
    expect(message(page)).to_contain_text("no host follows it yet")
    begun = page.get_by_role("region", name="Channel proof")
    begun.get_by_role("button", name="Remove").click()
    give_back_the_count(page)
    page.get_by_role("button", name="Remove the channel proof").click()
    expect(message(page)).to_contain_text("The channel proof is gone")
    expect(begun).to_have_count(0)


def test_a_channel_is_told_to_follow_another_by_itself_and_no_longer(page: Page) -> None:
    page.goto(REPOSITORY)
    tested = page.get_by_role("region", name="Channel tested")
    tested.get_by_role("link", name="Policy").click()
    source = page.get_by_label("Promote by itself from")
    hours, save = page.get_by_label("After so many hours"), page.get_by_role("button", name="Save")
    source.select_option("pbins/master")
    hours.fill("-1")
    save.click()
    expect(hours).to_have_accessible_description(re.compile("greater than or equal to 0"))
    hours.fill("48")
    page.get_by_label("Canaries").select_option("web1")
    save.click()
    expect(message(page)).to_contain_text("The policy of tested is set.")
    outlook = page.get_by_role("region", name="What it waits for")
    expect(outlook).to_contain_text("master → tested")
    expect(outlook.get_by_role("link", name="web1")).to_be_visible()
    page.goto(REPOSITORY)
    by_policy = page.get_by_role("region", name="By policy")
    by_policy.get_by_role("link", name="master → tested").click()
    source.select_option("")
    save.click()
    expect(outlook).to_contain_text("It moves only when people move it")
    page.goto(REPOSITORY)
    expect(by_policy).to_have_count(0)


def test_a_channel_that_builds_arrive_in_follows_no_other(page: Page) -> None:
    page.goto(f"{REPOSITORY}channels/master/policy/")
    source = page.get_by_label("Promote by itself from")
    source.select_option("pbins/tested")
    page.get_by_role("button", name="Save").click()
    expect(source).to_have_accessible_description(re.compile("Builds arrive in master"))


def test_publications_are_looked_through(page: Page) -> None:
    page.goto(REPOSITORY)
    publications = page.get_by_role("region", name="Publications")
    publications.get_by_role("link", name="All of them").click()
    rows = page.get_by_role("main").get_by_role("row")
    in_master = rows.filter(has=page.get_by_text("master", exact=True))
    in_master.first.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("published")
    expect(page.get_by_role("region", name="Facts")).to_contain_text("pbins/master")
    page.get_by_role("link", name="Compare with now").click()
    expect(page.get_by_role("button", name="Compare")).to_be_visible()
