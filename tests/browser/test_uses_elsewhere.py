"""The main use of the pages about places outside: delivered to, and taken in from."""

import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.asking import give_back_the_count, look_until, message
from tests.browser.axe import barriers
from tests.browser.portals import Portal

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("lived_in")]
PAGE = "/repositories/pbins/elsewhere/"


def test_a_remote_is_added_switched_off_and_removed(page: Page, directory: Path) -> None:
    git = directory / "forge.git"
    subprocess.run(["git", "init", "--quiet", "--bare", git], check=True)
    page.goto("/repositories/pbins/")
    page.get_by_role("link", name="Remotes and mirrors").click()
    page.get_by_role("link", name="New remote").click()
    address, save = (
        page.get_by_label("Address", exact=True),
        page.get_by_role("button", name="Save"),
    )
    address.fill("git@forge:pbins.git")
    save.click()
    expect(address).to_have_accessible_description(says("write it as ssh://user@host/path"))
    address.fill(git.as_uri())
    save.click()
    place = page.get_by_role("region", name=git.as_uri())
    look_until(page, place.get_by_text("all well"))
    place.get_by_role("link", name="Change").click()
    page.get_by_label("Switched on").uncheck()
    save.click()
    expect(place).to_contain_text("switched off")
    remove(page, place)


def remove(page: Page, place: Locator) -> None:
    """Confirmed by the number of branches there, which another number is not."""
    place.get_by_role("button", name="Remove").click()
    assert barriers(page) == []
    act = page.get_by_role("main").get_by_role("button", name=re.compile("^Remove"))
    page.get_by_label("the number of branches").fill("99")
    act.click()
    expect(message(page)).to_contain_text("Nothing was changed")
    give_back_the_count(page)
    act.click()
    expect(message(page)).to_contain_text("what is there stays")
    expect(place).to_have_count(0)


def test_a_mirror_is_added_tells_its_trouble_and_is_removed(page: Page) -> None:
    page.goto(PAGE)
    page.get_by_role("link", name="New mirror").click()
    page.get_by_label("Kind").select_option("rsync")
    target, save = page.get_by_label("Written to"), page.get_by_role("button", name="Save")
    target.fill("https://store.example.org/pbins")
    page.get_by_label("Public address").fill("https://cdn.example.org/pbins/")
    save.click()
    expect(target).to_have_accessible_description(says("it has to begin with ssh:// or rsync://"))
    target.fill("ssh://files@127.0.0.1:9/srv/pbins")
    save.click()
    place = page.get_by_role("region", name="https://cdn.example.org/pbins/")
    look_until(page, place.get_by_text("failing", exact=True))
    expect(place.get_by_role("alert")).to_contain_text("127.0.0.1")
    place.get_by_role("button", name="Copy now").click()
    expect(message(page)).to_contain_text("is visited now")
    place.get_by_role("button", name="Remove").click()
    page.get_by_role("main").get_by_role("button", name=re.compile("^Remove")).click()
    expect(place).to_have_count(0)


def test_what_another_portal_has_is_taken_in(page: Page, portal: Portal) -> None:
    page.goto("/repositories/pbins/")
    page.get_by_role("link", name="Import", exact=True).click()
    address = page.get_by_label("Address", exact=True)
    take = page.get_by_role("button", name="Take it in")
    address.fill("nowhere")
    take.click()
    expect(address).to_have_accessible_description(says("it has to begin with"))
    page.get_by_label("From", exact=True).select_option("portal")
    address.fill(portal.url)
    page.get_by_label("Branch").fill("tested")
    take.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Import")
    expect(page.get_by_role("region", name="How far it is")).to_contain_text("done")
    page.get_by_role("main").get_by_role("link", name="Imports").click()
    taken = page.get_by_role("region", name="Taken in so far").get_by_role("listitem").first
    expect(taken).to_contain_text(f"{portal.url}/git/pbins.git")
    expect(taken).to_contain_text("done")


def says(words: str) -> re.Pattern[str]:
    return re.compile(re.escape(words))
