"""``python -m tests.browser.screenshots``: pictures of every page, full of life.

Starts a demo of its own, gives it something to do, walks through it by its links, and leaves for
each page ``PAGE-{wide,narrow}-{light,dark}.png`` with an ``index.html`` to look at them all. The
few pictures that texts show are written anew beside those texts.
"""

import argparse
import os
import sys
from base64 import b64decode
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import django
from playwright.sync_api import Page, expect

from tests.browser.chromium import chromium
from tests.browser.contact_sheet import contact_sheet
from tests.browser.portals import ROOT, Portal, demo_portal
from tests.browser.walking import walk

WIDTHS = {"wide": 1280, "narrow": 390}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LEAST, MOST = 800, 5_000  # pixels of height; nobody looks at a picture that is higher
VERSION = "packages/pbins/master/app-shells/conch/4.3_rc2"
# Pages that links don't lead to, or that look different in another state.
BESIDES: Mapping[str, str] = {
    "not-found": "nowhere/",
    "catalogue-none": "packages/?q=nothing-like-this",
    "runs-filtered": "runs/?kind=build",
    "admin": "admin/",
    "admin-hosts": "admin/pbins/host/",
    "admin-host": "admin/pbins/host/1/change/",
    "admin-repository": "admin/pbins/repository/1/change/",
    "admin-queues": "admin/django_rq/dashboard/",
}
# What texts show: the picture's name, the page, and how it is taken.
SHOWN = (
    ("dashboard", "", "wide", "light"),
    ("run", "runs/{failed}/", "wide", "dark"),
    ("version", f"{VERSION}/", "wide", "light"),
)
IN_TEXTS = ROOT / "docs" / "screenshots"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, help="where the pictures are put")
    parser.add_argument("pages", nargs="*", help="some of the pages; all, when none is named")
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "portal.settings", "PBINS_DATA_DIR": temporary}
        django.setup()  # for the names of pages, which are those of their addresses
        with demo_portal(Path(temporary) / "demo") as running:
            take_all(running, arguments.directory, set(arguments.pages))
    contact_sheet(arguments.directory)
    print(f"Look at {arguments.directory / 'index.html'}")
    return 0


def take_all(running: Portal, directory: Path, wanted: set[str]) -> None:
    with chromium() as browser:
        page = browser.new_page(reduced_motion="reduce")
        page.goto(f"{running.url}/login/")
        take(page, directory, "login")
        page.get_by_label("User name").fill("admin")
        page.get_by_label("Password").fill(running.told(r"password +(\S+)"))
        page.get_by_role("button", name="Log in").click()
        moments = give_work(running)
        for name, path in addresses(page, running, moments):
            if not wanted or name in wanted:
                page.goto(f"{running.url}/{path}")
                take(page, directory, name)
        if not wanted:
            take_for_texts(page, running, moments)


def give_work(running: Portal) -> dict[str, int]:
    """What makes pages worth a look; the runs of which a picture is taken."""
    manage = running.manage
    failed = manage("build", "pbins", "dev-util/needs-broken", "net-misc/courier", "--wait")
    manage("channel", "create", "pbins", "stable")
    manage("set", "add", "tools", "app-arch/packrat", "net-misc/courier", "dev-util/no-such-thing")
    manage("set", "deploy", "base", "pbins", "--wait")
    manage("build", "pbins", "--set", "webserver", "--wait")
    manage("sync", "pbins", "--host", "web1", "--install", "net-www/waiter", "--wait")
    manage("scrub", "pbins", "--full")
    asking = manage("build", "pbins", "games-misc/retro", "--wait")
    building = manage("build", "pbins", "app-shells/conch", "sys-process/clockwork")
    return {"running": building["run"], "failed": failed["run"], "asking": asking["run"]}


def addresses(page: Page, running: Portal, moments: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """Every page by a name, the moments first, since one of them passes."""
    for name, run in moments.items():
        yield f"run-{name}", f"runs/{run}/"
    for name, paths in walk(page.request, running.url).pages.items():
        yield name, paths[0].removeprefix("/")
    yield from BESIDES.items()


def take(page: Page, directory: Path, name: str) -> None:
    """Four pictures of where the page is now, each as high as the page is."""
    for width, across in WIDTHS.items():
        as_high_as_it_is(page, across)
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=directory / f"{name}-{width}-{theme}.png", animations="disabled")
    print(f"  {name}", flush=True)


def as_high_as_it_is(page: Page, across: int, most: int = MOST) -> None:
    page.set_viewport_size({"width": across, "height": LEAST})
    log = page.locator("#log-lines")
    if log.count():
        expect(log).not_to_be_empty()
    height = min(most, page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": across, "height": max(height, LEAST)})


def take_for_texts(page: Page, running: Portal, moments: Mapping[str, int]) -> None:
    """As WebP, which is a third of a PNG, and no higher than one reads in a text."""
    for name, path, width, theme in SHOWN:
        page.goto(f"{running.url}/{path.format(**moments)}")
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        as_high_as_it_is(page, WIDTHS[width], most=2 * LEAST)
        shot = page.context.new_cdp_session(page).send(
            "Page.captureScreenshot", {"format": "webp", "quality": 82}
        )
        (IN_TEXTS / f"{name}.webp").write_bytes(b64decode(shot["data"]))


if __name__ == "__main__":
    sys.exit(main())
