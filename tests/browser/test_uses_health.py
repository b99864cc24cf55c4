"""The main use of the pages about health and room: found, mended, thrown away, put back, kept."""

import os
import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from demo.fleet import Fleet
from tests.browser.asking import ended, give_back_the_count, look_until, message
from tests.browser.axe import barriers
from tests.browser.portals import Portal

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("lived_in")]
HEALTH, CLEANING = "/repositories/pbins/health/", "/repositories/pbins/cleaning/"
LEFTOVER = "pbins--app-misc--brief-1--C.7.7.7.C.tar"
DAYS = 2 * 24 * 3600


def tarball_of(portal: Portal, name: str) -> Path:
    (found,) = (portal.directory / "distfiles" / "pbins").glob(f"pbins--{name}--*.tar.bz2")
    return found


def leave_behind(fleet: Fleet) -> None:
    """As an archive that a killed cave left on the builder, days ago."""
    made = next(fleet["forge"].directory.rglob("pbins--app-misc--brief-1--*.tar.bz2"))
    left = made.with_name(LEFTOVER)
    left.write_bytes(b"half of it")
    then = time.time() - DAYS
    os.utime(left, (then, then))


def test_what_is_wrong_is_found_and_mended(page: Page, portal: Portal, fleet: Fleet) -> None:
    tarball = tarball_of(portal, "app-misc--brief-1")
    tarball.unlink()
    leave_behind(fleet)
    page.goto(HEALTH)
    page.get_by_role("button", name="Look at builders").click()
    page.get_by_role("button", name="Read every tarball").click()
    expect(message(page)).to_contain_text("what is found appears here")
    look_until(page, finding(page, "leftover on a builder"))
    look_until(page, finding(page, "tarball is gone"))
    assert barriers(page) == []
    finding(page, "tarball is gone").get_by_role("button", name="Take it again").click()
    settled = page.get_by_role("region", name="Settled")
    look_until(page, settled.get_by_text("Taken again from forge"))
    assert tarball.is_file()
    removable = page.get_by_role("region", name="Remove from builders")
    removable.get_by_label(re.compile("type 1, the number of files that go")).fill("1")
    removable.get_by_role("button", name="Remove 1 file").click()
    look_until(page, settled.get_by_text(LEFTOVER))
    expect(removable).to_have_count(0)


def finding(page: Page, words: str) -> Locator:
    rows = page.get_by_role("region", name="Findings").get_by_role("listitem")
    return rows.filter(has_text=words)


def test_a_damaged_tarball_is_quarantined_put_back_and_given_to_hosts_again(
    page: Page, portal: Portal
) -> None:
    tarball = tarball_of(portal, "app-misc--brief-1")
    whole = tarball.read_bytes()
    tarball.write_bytes(whole[:-100])
    page.goto(HEALTH)
    page.get_by_role("button", name="Scrub", exact=True).click()
    page.get_by_role("link", name="There is news: show it").click()  # nobody loads it again
    look_until(page, finding(page, "tarball is cut short"))
    finding(page, "tarball is cut short").get_by_role("button", name="Quarantine").click()
    expect(page.get_by_role("region", name="Settled")).to_contain_text("withdrawn from master")
    page.get_by_role("link", name="Clean").click()
    trashed = page.get_by_role("region", name="Trash").get_by_role("listitem")
    trashed.get_by_role("button", name="Put back").click()
    expect(message(page)).to_contain_text("it is damaged, and was thrown away for that")
    (portal.directory / "trash" / "pbins" / tarball.name).write_bytes(whole)  # from a backup
    trashed.get_by_role("button", name="Put back").click()
    expect(message(page)).to_contain_text("1 tarball put back.")
    expect(page.get_by_text("The trash is empty.")).to_be_visible()
    page.goto("/packages/pbins/master/app-misc/brief/1/")
    expect(page.get_by_text("Hosts are not given this version.")).to_be_visible()
    page.get_by_role("button", name="Take its tarball again").click()
    look_until(page, page.get_by_role("heading", level=1).get_by_text("served"))


def test_a_tarball_that_no_builder_has_any_more_is_built_again(
    page: Page, portal: Portal, fleet: Fleet
) -> None:
    gone = tarball_of(portal, "app-misc--brief-1")
    gone.unlink()
    next(fleet["forge"].directory.rglob("pbins--app-misc--brief-1--*.tar.bz2")).unlink()
    page.goto(HEALTH)
    page.get_by_role("button", name="Scrub", exact=True).click()
    look_until(page, finding(page, "tarball is gone"))
    finding(page, "tarball is gone").get_by_role("button", name="Build it again").click()
    assert ended(page) == "succeeded"
    expect(page.get_by_role("region", name="Published")).to_contain_text("app-misc/brief")
    assert tarball_of(portal, "app-misc--brief-1").name != gone.name


@pytest.fixture
def older(page: Page, portal: Portal) -> str:
    """A version of which the channel has a newer one in the same slot."""
    for version in ("1.9.4", "2.0.1"):
        if not page.request.get(f"/packages/pbins/master/dev-libs/jigsaw/{version}/").ok:
            portal.manage("build", "pbins", f"=dev-libs/jigsaw-{version}", "--wait")
    return "dev-libs/jigsaw-1.9.4"


def test_old_versions_are_cleaned_away_but_for_what_is_pinned(page: Page, older: str) -> None:
    page.goto("/packages/pbins/master/dev-libs/jigsaw/1.9.4/")
    page.get_by_role("button", name="Pin").click()
    expect(message(page)).to_contain_text("is kept, whatever the policy says")
    keep(page, versions=1, days=0)
    look = page.get_by_role("button", name="Look what may go")
    unneeded = page.get_by_role("region", name="What nobody needs")
    look.click()
    expect(unneeded.get_by_text("looked just now")).to_be_visible()
    expect(unneeded).not_to_contain_text("dev-libs/jigsaw")
    pinned = page.get_by_role("region", name="Pinned")
    pinned.get_by_role("listitem").filter(has_text=older).get_by_role("button").click()
    expect(pinned.get_by_role("listitem")).to_have_count(0)
    look.click()
    expect(unneeded.get_by_role("row").filter(has_text="1.9.4")).to_contain_text("leaves")
    page.get_by_role("button", name="Clean").click()
    expect(message(page)).to_contain_text("nothing was changed")
    give_back_the_count(page)
    page.get_by_role("button", name="Clean").click()
    expect(message(page)).to_contain_text("1 version left the channels, 0 tarballs")
    page.goto("/packages/dev-libs/jigsaw/")
    versions = page.get_by_role("region", name="Versions")
    expect(versions.get_by_role("link", name="2.0.1").first).to_be_visible()
    expect(versions.get_by_role("link", name="1.9.4")).to_have_count(0)
    keep(page, versions=0, days=30)


def keep(page: Page, *, versions: int, days: int) -> None:
    """By the repository's policy, which the page about cleaning leads to."""
    page.goto(CLEANING)
    page.get_by_role("region", name="Policy").get_by_role("link", name="Change").click()
    page.get_by_label("Keep versions").fill(str(versions))
    page.get_by_label("Keep days").fill(str(days))
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(CLEANING)


def test_what_was_never_there_is_not_pinned(page: Page) -> None:
    page.goto(CLEANING)
    page.get_by_label("Keep a version").fill("no-such/thing-1")
    page.get_by_role("button", name="Pin", exact=True).click()
    expect(message(page)).to_contain_text("There was never a no-such/thing-1")
