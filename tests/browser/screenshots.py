"""``python -m tests.browser.screenshots DIRECTORY``: pictures of every page, full of life.

Starts a demo of its own, gives it something to do, and leaves in the directory for each page
``PAGE-{wide,narrow}-{light,dark}.png``.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Page, expect

from tests.browser.chromium import chromium
from tests.browser.portals import Portal, demo_portal

WIDTHS = {"wide": 1280, "narrow": 390}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
LEAST, MOST = 800, 5_000  # pixels of height; nobody looks at a picture that is higher
VERSION = "packages/pbins/master/app-shells/conch/4.3_rc2"
PAGES: Mapping[str, str] = {
    "dashboard": "",
    "runs": "runs/",
    "run-published": "runs/9/",
    "hosts": "hosts/",
    "host": "hosts/web2/",
    "host-builder": "hosts/forge/",
    "repositories": "repositories/",
    "repository": "repositories/pbins/",
    "publications": "repositories/pbins/publications/",
    "publication": "publications/2/",
    "build": "repositories/pbins/build/",
    "sync": "repositories/pbins/sync/",
    "sets": "sets/",
    "set": "sets/base/",
    "set-new": "new-set/",
    "rollouts": "rollouts/",
    "rollout": "rollouts/1/",
    "packages": "packages/",
    "packages-none": "packages/?q=nothing-like-this",
    "package": "packages/app-shells/conch/",
    "version": f"{VERSION}/",
    "feeds": "feeds/",
    "distfiles": "distfiles/pbins/",
    "not-found": "nowhere/",
    "admin": "admin/",
    "admin-hosts": "admin/pbins/host/",
    "admin-host": "admin/pbins/host/1/change/",
    "admin-host-add": "admin/pbins/host/add/",
    "admin-repository": "admin/pbins/repository/1/change/",
    "admin-credential": "admin/pbins/credential/1/change/",
    "admin-queues": "admin/django_rq/dashboard/",
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, help="where the pictures are put")
    parser.add_argument("pages", nargs="*", help="some of the pages; all, when none is named")
    arguments = parser.parse_args()
    arguments.directory.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary, demo_portal(Path(temporary) / "demo") as running:
        take_all(running, arguments.directory, set(arguments.pages))
    return 0


def take_all(running: Portal, directory: Path, wanted: set[str]) -> None:
    with chromium() as browser:
        page = browser.new_page()
        page.goto(f"{running.url}/login/")
        take(page, directory, "login")
        page.get_by_label("User name").fill("admin")
        page.get_by_label("Password").fill(running.told(r"password +(\S+)"))
        page.get_by_role("button", name="Log in").click()
        moments = give_work(running)
        build_form_refuses(page, running, directory)
        for name, path in {"run-live": f"runs/{moments['running']}/", **PAGES}.items():
            if not wanted or name in wanted:
                page.goto(f"{running.url}/{path}")
                take(page, directory, name)
        for name, run in moments.items():
            if not wanted or f"run-{name}" in wanted:
                page.goto(f"{running.url}/runs/{run}/")
                take(page, directory, f"run-{name}")


def give_work(running: Portal) -> dict[str, int]:
    """A build that failed, one that asks, one under way, and hosts that are behind."""
    failed = running.manage("build", "pbins", "dev-util/needs-broken", "net-misc/courier", "--wait")
    running.manage("sync", "pbins", "--host", "web1", "--wait")
    asking = running.manage("build", "pbins", "games-misc/retro", "--wait")
    building = running.manage("build", "pbins", "--set", "webserver")
    return {"failed": failed["run"], "asking": asking["run"], "running": building["run"]}


def build_form_refuses(page: Page, running: Portal, directory: Path) -> None:
    page.goto(f"{running.url}/repositories/pbins/build/")
    page.get_by_role("textbox", name="Packages").fill("firefox")
    page.get_by_role("button", name="Build", exact=True).click()
    take(page, directory, "build-refused")


def take(page: Page, directory: Path, name: str) -> None:
    """Four pictures of where the page is now, each as high as the page is."""
    for width, across in WIDTHS.items():
        page.set_viewport_size({"width": across, "height": LEAST})
        log = page.locator("#log-lines")
        if log.count():
            expect(log).not_to_be_empty()
        height = min(MOST, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": across, "height": height})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=directory / f"{name}-{width}-{theme}.png", animations="disabled")
    print(f"  {name}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
