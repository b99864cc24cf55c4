"""What a first administrator does, in the browser, until something can be built."""

from playwright.sync_api import Page, expect

from demo.fleet import Fleet, StandInHost
from pbins.transport.address import HostKey
from tests.browser.asking import ended

ADMINISTRATOR, PASSWORD = "admin", "correct horse battery"
REPOSITORY = "pbins"


def make_the_first_administrator(page: Page, code: str) -> None:
    page.goto("/")
    expect(page).to_have_url("/setup/")
    _fill_setup(page, "not-the-code")
    expect(page.get_by_text("That is not the code")).to_be_visible()
    _fill_setup(page, code)
    expect(page.get_by_role("heading", name="What to do next")).to_be_visible()


def _fill_setup(page: Page, code: str) -> None:
    page.get_by_label("User name").fill(ADMINISTRATOR)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    page.get_by_label("One-time code").fill(code)
    page.get_by_role("button", name="Make the administrator").click()


def add_hosts(page: Page, fleet: Fleet, *, builder: str) -> None:
    """From the dashboard's list of first steps; each host is given the key that is shown there."""
    public_key = page.get_by_text("ssh-ed25519").inner_text().strip()
    for host in fleet.hosts.values():
        host.authorize(public_key)
        page.goto("/hosts/")
        page.get_by_role("link", name="Add a host").first.click()
        _fill_host(page, host, is_builder=host.name == builder)
        if host.name == builder:
            _trust_what_it_offers(page, host)
        else:
            _trust_what_it_should_offer(page, host)


def _fill_host(page: Page, host: StandInHost, *, is_builder: bool) -> None:
    page.get_by_label("Name:").fill(host.name)
    page.get_by_label("Builder", exact=True).set_checked(is_builder)
    page.get_by_label("Consumer", exact=True).set_checked(not is_builder)
    page.get_by_label("Address:").fill(host.address)
    page.get_by_label("Port:").fill(str(host.port))
    page.get_by_label("Prefix:").fill(str(host.directory))
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(f"/hosts/{host.name}/")


def _trust_what_it_should_offer(page: Page, host: StandInHost) -> None:
    """A person has brought the fingerprint from the host."""
    page.get_by_label("Fingerprint that the host prints").fill(fingerprint(host))
    page.get_by_role("button", name="Trust it if it is this one").click()
    assert ended(page) == "succeeded"


def _trust_what_it_offers(page: Page, host: StandInHost) -> None:
    """The first probe sees the host's key, and a person says whether it is the right one."""
    page.get_by_role("button", name="Probe").click()
    assert ended(page) == "failed"
    page.goto(f"/hosts/{host.name}/")
    expect(page.get_by_text(fingerprint(host)).first).to_be_visible()
    page.get_by_role("button", name="Trust this key").click()
    assert ended(page) == "succeeded"


def fingerprint(host: StandInHost) -> str:
    return HostKey.parse(host.host_key).fingerprint


def add_repository(page: Page, *, builder: str) -> None:
    page.goto("/repositories/")
    page.get_by_role("link", name="Add a repository").first.click()
    page.get_by_label("Name:").fill(REPOSITORY)
    page.get_by_label("Masters:").fill("arbor")
    page.get_by_label("Platforms:").fill("amd64")
    page.get_by_label(builder).check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(f"/repositories/{REPOSITORY}/")


def see_the_difference(page: Page, name: str) -> None:
    """What provisioning would write."""
    page.goto(f"/hosts/{name}/")
    page.get_by_role("button", name="Show the difference").click()
    assert ended(page) == "succeeded"
    expect(page.get_by_role("log")).to_contain_text(f"repositories/{REPOSITORY}.conf")


def provision(page: Page, name: str) -> None:
    page.goto(f"/hosts/{name}/")
    page.get_by_role("button", name="Provision", exact=True).click()
    assert ended(page) == "succeeded"
