"""The main use of the pages about hosts: at peace, installed anew, and all provisioned at once."""

import pytest
from playwright.sync_api import Page, expect

from demo.fleet import Fleet
from tests.browser.asking import ended, give_back_the_count
from tests.browser.first_steps import fingerprint

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("lived_in")]


def test_a_host_is_drained_and_given_work_again(page: Page) -> None:
    page.goto("/hosts/web2/")
    page.get_by_role("button", name="Drain").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("drained")
    page.get_by_role("link", name="Hosts", exact=True).first.click()
    page.get_by_label("Standing").select_option("drained")
    rows = page.get_by_role("main").get_by_role("row")
    expect(rows).to_have_count(2)
    rows.get_by_role("link", name="web2").click()
    page.get_by_role("button", name="Give it work again").click()
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("drained")


def test_a_host_that_was_installed_anew_is_trusted_anew(page: Page, fleet: Fleet) -> None:
    fleet["web2"].down()
    fleet["web2"].change_host_key()
    fleet["web2"].up()
    page.goto("/hosts/web2/")
    page.get_by_role("button", name="Probe").click()
    assert ended(page) == "failed"
    page.goto("/hosts/web2/")
    changed = page.get_by_role("region", name="The host's key has changed")
    expect(changed).to_contain_text(fingerprint(fleet["web2"]))
    changed.get_by_role("button", name="Trust this key").click()
    assert ended(page) == "succeeded"


def test_all_hosts_of_a_repository_show_what_provisioning_would_write(page: Page) -> None:
    page.goto("/repositories/pbins/")
    page.get_by_role("button", name="Show the differences").click()
    expect(page.get_by_text("3 of 3 hosts done")).to_be_visible()
    page.get_by_role("row").filter(has_text="web1").get_by_role("link", name="run").click()
    expect(page.get_by_role("log")).to_contain_text("pbins.conf")


def test_all_hosts_of_a_repository_are_provisioned_at_once(page: Page) -> None:
    page.goto("/repositories/pbins/")
    page.get_by_role("button", name="Provision the hosts").click()
    give_back_the_count(page)
    page.get_by_role("button", name="Provision the hosts").click()
    expect(page.get_by_text("3 of 3 hosts done")).to_be_visible()
    for name in ("forge", "web1", "web2"):
        row = page.get_by_role("row").filter(has_text=name)
        expect(row.get_by_text("succeeded")).to_be_visible()
