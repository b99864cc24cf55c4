"""Who may come in, and what those see who may only look."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.asking import log_in, message
from tests.browser.axe import barriers
from tests.browser.chromium import Watch, watched_page
from tests.browser.first_steps import ADMINISTRATOR, PASSWORD
from tests.browser.portals import Portal

pytestmark = pytest.mark.browser
VIEWER = "vera"


@pytest.fixture(scope="module")
def viewer_session(browser: Browser, running: Portal, session: Path) -> Path:
    """The cookies of somebody whom the administrator lets look and nothing else."""
    kept = session.with_name("viewer.json")
    with watched_page(browser, running.url, session) as (page, _):
        page.goto("/admin/auth/user/add/")
        page.get_by_label("Username:").fill(VIEWER)
        page.get_by_label("Password:", exact=True).fill(PASSWORD)
        page.get_by_label("Password confirmation:").fill(PASSWORD)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("was added successfully")).to_be_visible()
    running.manage("user", "role", VIEWER, "viewer")
    with watched_page(browser, running.url) as (page, _):
        page.goto("/login/")
        log_in(page, VIEWER, PASSWORD)
        expect(page.get_by_role("heading", name="Dashboard")).to_be_visible()
        page.context.storage_state(path=kept)
    return kept


@pytest.fixture
def viewer(browser: Browser, portal: Portal, viewer_session: Path) -> Iterator[tuple[Page, Watch]]:
    with watched_page(browser, portal.url, viewer_session) as opened:
        yield opened


def test_a_wrong_password_is_refused(stranger: tuple[Page, Watch]) -> None:
    page, _ = stranger
    page.goto("/login/")
    log_in(page, ADMINISTRATOR, "wrong")
    expect(page.get_by_role("alert")).to_contain_text("don't belong together")
    expect(page.get_by_label("User name")).to_have_value(ADMINISTRATOR)
    page.goto("/hosts/")
    expect(page).to_have_url("/login/?next=/hosts/")


def test_log_in_leads_to_the_page_that_was_wanted(stranger: tuple[Page, Watch]) -> None:
    page, _ = stranger
    page.goto("/runs/?kind=provision")
    log_in(page, ADMINISTRATOR, PASSWORD)
    expect(page).to_have_url("/runs/?kind=provision")
    page.get_by_label(f"Menu of {ADMINISTRATOR}").click()
    page.get_by_role("button", name="Log out").click()
    page.goto("/runs/")
    expect(page).to_have_url("/login/?next=/runs/")


def test_a_stranger_reads_the_catalogue_only(stranger: tuple[Page, Watch]) -> None:
    page, _ = stranger
    page.goto("/packages/")
    expect(page.get_by_role("heading", name="Packages")).to_be_visible()
    expect(page.get_by_role("link", name="Hosts")).to_have_count(0)


@pytest.mark.parametrize("path", ["", "repositories/pbins/", "hosts/forge/", "runs/1/", "sets/"])
def test_a_viewer_sees_everything_and_no_button(viewer: tuple[Page, Watch], path: str) -> None:
    page, _ = viewer
    answer = page.goto(f"/{path}")
    assert answer is not None
    assert answer.ok
    actions = re.compile(r"^\s*(Build|Sync.*|Probe|Provision|Run again|Cancel|New set)\s*$")
    expect(page.locator(".btn").filter(has_text=actions)).to_have_count(0)


@pytest.mark.parametrize("path", ["repositories/pbins/build/", "repositories/pbins/sync/"])
def test_a_viewer_who_knows_an_address_is_refused(viewer: tuple[Page, Watch], path: str) -> None:
    page, watch = viewer
    watch.expected.add(403)
    page.goto(f"/{path}")
    expect(page.get_by_role("heading", name="Not allowed")).to_be_visible()
    expect(page.get_by_text("needs the permission to operate hosts")).to_be_visible()
    assert barriers(page) == []


def test_a_viewer_who_sends_a_form_by_hand_is_refused(viewer: tuple[Page, Watch]) -> None:
    page, watch = viewer
    watch.expected.add(403)
    page.goto("/runs/1/")
    page.evaluate(
        """() => {
          const form = document.createElement("form");
          form.method = "post";
          form.action = "/runs/1/retry";
          form.append(document.querySelector("[name=csrfmiddlewaretoken]").cloneNode());
          document.body.append(form);
          form.submit();
        }"""
    )
    expect(page.get_by_role("heading", name="Not allowed")).to_be_visible()


def test_a_viewer_has_no_way_into_the_administration(viewer: tuple[Page, Watch]) -> None:
    page, watch = viewer
    watch.expected.add(403)
    page.goto("/")
    page.get_by_label(f"Menu of {VIEWER}").click()
    expect(page.get_by_role("link", name="Administration")).to_have_count(0)
    page.goto("/admin/pbins/host/")
    expect(page.get_by_role("heading", name="Hosts")).to_have_count(0)


@pytest.mark.usefixtures("viewer_session")
def test_a_password_is_changed_by_who_has_it(stranger: tuple[Page, Watch]) -> None:
    page, _ = stranger
    page.goto("/account/")
    log_in(page, VIEWER, PASSWORD)
    new = f"{PASSWORD} staple"
    page.get_by_label("Password now").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill(new)
    page.get_by_label("New password again").fill("another")
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator("#id_new_password2_error")).to_be_visible()
    page.get_by_label("Password now").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill(new)
    page.get_by_label("New password again").fill(new)
    page.get_by_role("button", name="Change the password").click()
    expect(message(page)).to_contain_text("Your password is changed")
    page.get_by_label(f"Menu of {VIEWER}").click()
    page.get_by_role("button", name="Log out").click()
    page.goto("/account/")
    log_in(page, VIEWER, new)
    expect(page.get_by_role("heading", level=1)).to_have_text(VIEWER)
