"""A real portal, stand-in hosts, a real browser; all three are started once for all tests here."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from demo.fleet import Fleet
from tests.browser.axe import look_at
from tests.browser.chromium import CHROMIUM, PATIENCE, Watch, chromium, watched_page
from tests.browser.first_steps import (
    add_hosts,
    add_repository,
    make_the_first_administrator,
    provision,
    see_the_difference,
)
from tests.browser.portals import Portal, real_portal

BUILDER, *CONSUMERS = ("forge", "web1", "web2")
# Pages that say what to do next, as long as they have nothing else to say.
NEW_PAGES = ("/hosts/", "/repositories/", "/runs/", "/packages/", "/")
NEW_REPOSITORY = ("/repositories/pbins/health/", "/repositories/pbins/sync/")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no chromium; on Debian: apt-get install chromium")
    expect.set_options(timeout=PATIENCE)
    with chromium() as started:
        yield started


@pytest.fixture(scope="package")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browser").resolve()


@pytest.fixture(scope="package")
def gate(directory: Path) -> Path:
    """A build of app-misc/held waits until this file exists."""
    return directory / "gate"


@pytest.fixture(scope="package")
def fleet(directory: Path, gate: Path) -> Iterator[Fleet]:
    descriptions = directory / "fleet.conf"
    template = Path(__file__).with_name("fleet.conf").read_text()
    descriptions.write_text(template.replace("GATE", str(gate)))
    with Fleet(
        directory / "fleet", [BUILDER, *CONSUMERS], pace=0.0, descriptions=descriptions
    ) as started:
        yield started


@pytest.fixture(scope="package")
def running(directory: Path) -> Iterator[Portal]:
    """A portal as ``make run`` starts it, which nobody has used yet."""
    with real_portal(directory / "portal") as started:
        yield started
    assert "Traceback" not in started.log.read_text()


@pytest.fixture(scope="package")
def faults_of_the_first_page(browser: Browser, running: Portal) -> list[str]:
    """Of the page that is there only until somebody is its administrator."""
    with watched_page(browser, running.url) as (page, _):
        return look_at(page, "/setup/")


@pytest.fixture(scope="package")
def faults_of_new_pages() -> dict[str, list[str]]:
    """By address; ``session`` looks at them while they are new."""
    return {}


@pytest.fixture(scope="package")
def session(
    browser: Browser,
    running: Portal,
    fleet: Fleet,
    directory: Path,
    faults_of_the_first_page: list[str],
    faults_of_new_pages: dict[str, list[str]],
) -> Path:
    """The cookies of its first administrator, who has done in the browser what is to be done first:

    made the account, added and trusted the hosts, added the repository ``pbins``, and provisioned
    every host for it.
    """
    kept = directory / "session.json"
    with watched_page(browser, running.url) as (page, _):
        make_the_first_administrator(page, code=running.told(r"with the code (\S+)"))
        faults_of_new_pages.update((path, look_at(page, path)) for path in NEW_PAGES)
        add_hosts(page, fleet, builder=BUILDER)
        add_repository(page, builder=BUILDER)
        faults_of_new_pages.update((path, look_at(page, path)) for path in NEW_REPOSITORY)
        see_the_difference(page, BUILDER)
        for name in fleet.hosts:
            provision(page, name)
        page.context.storage_state(path=kept)
    return kept


@pytest.fixture(scope="package")
def lived_in(running: Portal, session: Path, directory: Path) -> Portal:
    """The portal when most of what can happen has happened once."""
    manage = running.manage
    manage("build", "pbins", "app-shells/conch", "--wait")
    manage("channel", "create", "pbins", "tested")
    manage("build", "pbins", "dev-util/broken", "app-misc/brief", "app-shells/conch", "--wait")
    manage("sync", "pbins", "--all", "--install", "app-shells/conch", "--wait")
    manage("set", "add", "shells", "app-shells/conch", "app-misc/modern", "no-such/thing")
    remove_a_version(running)
    deliver_elsewhere(running, directory / "elsewhere.git")
    manage("scrub", "pbins", "--full")
    return running


def remove_a_version(running: Portal) -> None:
    """One that the channel had for a while; its page says so with 410."""
    running.manage("channel", "promote", "pbins", "master", "tested", "app-misc/brief")
    *_, first = running.manage("publication", "list", "pbins", "--channel", "tested")
    running.manage("channel", "rollback", "pbins", "tested", str(first["publication"]))


def deliver_elsewhere(running: Portal, git: Path) -> None:
    """To a git repository, from which all of it comes back."""
    subprocess.run(["git", "init", "--quiet", "--bare", git], check=True)
    running.manage("remote", "add", "pbins", git.as_uri())
    running.manage("remote", "push", "pbins")
    running.manage("repository", "import", "pbins", "--git", git.as_uri(), "--branch", "master")


@pytest.fixture
def portal(running: Portal, session: Path) -> Portal:
    """The portal as its administrator has set it up."""
    return running


@pytest.fixture
def page(browser: Browser, portal: Portal, session: Path) -> Iterator[Page]:
    """A page of the administrator's; it must not have anything to complain about."""
    with watched_page(browser, portal.url, session) as (opened, _):
        yield opened


@pytest.fixture
def stranger(browser: Browser, portal: Portal) -> Iterator[tuple[Page, Watch]]:
    """A page of somebody who is not logged in."""
    with watched_page(browser, portal.url) as opened:
        yield opened
