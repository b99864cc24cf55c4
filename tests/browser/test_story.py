"""From one click to an installed package: what a user does, in the order in which he does it."""

import hashlib
import json
import re
import tarfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Locator, Page, expect

from demo.fleet import Fleet
from tests.browser.asking import ask_for_build, ended

pytestmark = pytest.mark.browser
ATOM = "{http://www.w3.org/2005/Atom}"


def test_from_one_click_to_an_installed_package(page: Page, fleet: Fleet, gate: Path) -> None:
    build_is_followed_live(page, gate)
    publication_is_seen(page)
    address = version_is_found(page)
    tarball_is_downloaded(page)
    every_host_takes_it(page, fleet)
    feeds_tell_of_it(page, address)


def build_is_followed_live(page: Page, gate: Path) -> None:
    """The plan, the progress and the log move on a page that is never loaded again."""
    gate.unlink(missing_ok=True)  # other tests open it too
    ask_for_build(page, "app-misc/patient")
    page.evaluate("window.isTheSame = true")
    patient = step(page, "app-misc/patient", "Create binary")
    expect(patient).to_contain_text("under way")
    expect(step(page, "app-shells/limpet", "Create binary")).to_contain_text("succeeded")
    expect(page.get_by_role("log")).to_contain_text("now it waits")
    bar = page.get_by_role("progressbar", name="Steps done")
    steps = bar.evaluate("bar => bar.max")
    expect(bar).to_have_js_property("value", steps - 1)
    gate.touch()
    assert ended(page) == "succeeded"
    expect(patient).to_contain_text("succeeded")
    expect(bar).to_have_js_property("value", steps)
    expect(page.get_by_role("log")).to_contain_text("Completed ebuild phases loadenv tidyup")
    assert page.evaluate("window.isTheSame"), "the page was loaded again"


def step(page: Page, name: str, action: str) -> Locator:
    rows = page.get_by_role("region", name="Plan").get_by_role("row")
    return rows.filter(has=page.locator(".name", has_text=name)).filter(has_text=action)


def publication_is_seen(page: Page) -> None:
    published = page.get_by_role("region", name="Published")
    expect(published).to_contain_text("app-shells/limpet")
    published.get_by_role("link", name="publication").click()
    changes = page.get_by_role("region", name="Changes")
    for name in ("app-shells/limpet", "sys-libs/quill", "app-misc/patient"):
        expect(changes.get_by_role("link", name=name)).to_be_visible()
    expect(page.get_by_text("Built by run")).to_be_visible()


def version_is_found(page: Page) -> str:
    """By the search that is on every page."""
    page.keyboard.press("/")
    page.keyboard.type("clings")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="4.2", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("limpet 4.2")
    expect(page.get_by_text('It says "hello" before it asks.')).to_be_visible()
    expect(page.get_by_text("cave resolve")).to_contain_text("app-shells/limpet")
    return page.url


def tarball_is_downloaded(page: Page) -> None:
    with page.expect_download() as started:
        page.get_by_role("link", name="Tarball").click()
    tarball = started.value.path()
    digest = hashlib.sha256(tarball.read_bytes()).hexdigest()
    expect(page.get_by_text(digest)).to_be_visible()
    with tarfile.open(tarball, "r:bz2") as opened:
        assert {"usr/bin/limpet", "PBIN/environment"} <= set(opened.getnames())


def every_host_takes_it(page: Page, fleet: Fleet) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sync hosts").click()
    expect(page.get_by_label(re.compile("^All 2 hosts"))).to_be_checked()
    page.get_by_label("Then install or update").fill("app-shells/limpet")
    page.get_by_role("button", name="Sync").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sync of pbins on 2 hosts")
    page.evaluate("window.isTheSame = true")
    for name in ("web1", "web2"):
        expect(page.get_by_role("row").filter(has_text=name)).to_contain_text("succeeded")
        assert (fleet[name].directory / "usr/bin/limpet").is_file()
    expect(page.get_by_text("2 of 2 hosts done")).to_be_visible()
    assert page.evaluate("window.isTheSame"), "the page was loaded again"
    page.get_by_role("link", name="Dashboard", exact=True).click()
    expect(page.get_by_text("all 2 hosts current")).to_be_visible()


def feeds_tell_of_it(page: Page, address: str) -> None:
    """From the page that lists them, and from where a feed reader looks."""
    page.get_by_role("link", name="Packages", exact=True).click()
    page.get_by_role("link", name="Feeds").click()
    for form, addresses in (
        ("Atom", addresses_in_atom),
        ("RSS", addresses_in_rss),
        ("JSON Feed", addresses_in_json),
    ):
        link = page.get_by_role("link", name=f"in every repository, {form}", exact=True)
        told = page.request.get(str(link.get_attribute("href"))).text()
        assert address in addresses(told), f"{form} does not tell of it"
    page.goto(address)
    for kind in ("atom+xml", "rss+xml", "feed+json"):
        link = page.locator(f"link[rel=alternate][type='application/{kind}']").first
        found = page.request.get(str(link.get_attribute("href")))
        assert found.ok
        assert kind in found.headers["content-type"]


def addresses_in_atom(text: str) -> list[str]:
    entries = ET.fromstring(text).iter(f"{ATOM}entry")
    return [link.attrib["href"] for entry in entries for link in entry.iter(f"{ATOM}link")]


def addresses_in_rss(text: str) -> list[str]:
    return [str(item.findtext("link")) for item in ET.fromstring(text).iter("item")]


def addresses_in_json(text: str) -> list[str]:
    return [item["url"] for item in json.loads(text)["items"]]
