from collections.abc import Callable
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from pbins.models import Host, HostState, Run, Subscription, Tag
from pbins.services.errors import Refused
from pbins.services.installing import note_installed_on
from pbins.transport.address import HostKey
from pbins.transport.keys import generate_private_key, public_key_of
from pbins.web import hosts
from tests.factories import make_channel, make_entry, make_host

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("submitted")]


@pytest.fixture
def browser(operator: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(operator)


def host_key() -> HostKey:
    return HostKey.parse(public_key_of(generate_private_key(), comment=""))


def test_an_empty_inventory_says_what_to_do(browser: Client) -> None:
    assert "There is no host yet" in browser.get("/hosts/").content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"forge", "web-1", "web-2"}),
        ("role=builder", {"forge"}),
        ("role=consumer", {"web-1", "web-2"}),
        ("state=ready", {"web-1"}),
        ("tag=edge", {"web-2"}),
        ("q=WEB", {"web-1", "web-2"}),
        ("q=web&state=new&role=consumer", {"web-2"}),
        ("tag=nowhere", set()),
        ("role=nonsense", {"forge", "web-1", "web-2"}),
    ],
)
def test_filters_in_the_address_combine(browser: Client, query: str, found: set[str]) -> None:
    make_host("forge", is_builder=True, is_consumer=False)
    ready = make_host("web-1")
    ready.state = HostState.READY
    ready.save()
    make_host("web-2").tags.add(Tag.objects.create(name="edge"))
    page = browser.get(f"/hosts/?{query}").content.decode()
    assert {name for name in ("forge", "web-1", "web-2") if f'href="/hosts/{name}/"' in page} == (
        found
    )
    assert ("No host is like that" in page) == (not found)


def test_a_host_page_tells_whether_it_is_behind(browser: Client) -> None:
    channel = make_channel()
    Subscription.objects.create(host=make_host("web"), channel=channel, commit="0" * 40)
    page = browser.get("/hosts/web/").content.decode()
    assert "behind" in page
    assert "/repositories/pbins/sync/?host=web" in page


def test_a_host_page_names_the_sets_that_were_put_there(browser: Client) -> None:
    host = make_host("web1")
    assert "<dt>Sets</dt>" not in browser.get("/hosts/web1/").content.decode()
    host.sets_found = {"base": "0", "web": "1"}
    host.save()
    assert "base, web" in browser.get("/hosts/web1/").content.decode()


def test_a_host_page_lists_what_is_installed_and_what_waits(browser: Client) -> None:
    channel = make_channel()
    for version in ("1", "2"):
        make_entry(channel, "sys-test/libfoo", version)
    make_entry(channel, "sys-test/hello", "1.0")
    installed = [["sys-test/libfoo", "1"], ["sys-test/hello", "1.0"]]
    note_installed_on(
        Subscription.objects.create(host=make_host("web"), channel=channel, installed=installed)
    )
    page = " ".join(browser.get("/hosts/web/").content.decode().split())
    waiting, has = page.split('id="updates"')[1].split('id="installed"')
    assert "<code>1</code> → <code>2</code>" in waiting
    assert "sys-test/hello" not in waiting
    assert "sys-test/libfoo" in has
    assert "sys-test/hello" in has


def test_both_fingerprints_are_shown_when_a_key_has_changed(browser: Client) -> None:
    trusted, offered = host_key(), host_key()
    host = make_host("web")
    host.host_key, host.offered_host_key = str(trusted), str(offered)
    host.state = HostState.UNTRUSTED
    host.save()
    page = browser.get("/hosts/web/").content.decode()
    assert trusted.fingerprint in page
    assert f'name="fingerprint" value="{offered.fingerprint}"' in " ".join(page.split())


def test_the_key_that_was_shown_is_trusted_and_no_other(
    browser: Client, monkeypatch: pytest.MonkeyPatch, submitted: Mock
) -> None:
    host = make_host("web")
    trust = Mock(return_value="SHA256:abc")
    monkeypatch.setattr(hosts, "trust_host", trust)
    response = browser.post("/hosts/web/trust", {"fingerprint": "SHA256:abc"})
    trust.assert_called_once_with(host=host, fingerprint="SHA256:abc")
    probe = Run.objects.get()
    assert (probe.kind, response.headers["Location"]) == ("probe", f"/runs/{probe.pk}/")
    submitted.assert_called_once_with(probe)


def test_a_key_that_was_not_shown_is_refused(
    browser: Client, monkeypatch: pytest.MonkeyPatch, submitted: Mock
) -> None:
    make_host("web")
    monkeypatch.setattr(hosts, "trust_host", Mock(side_effect=Refused("web offers SHA256:xyz")))
    response = browser.post("/hosts/web/trust", {"fingerprint": "SHA256:abc"}, follow=True)
    assert "web offers SHA256:xyz" in response.content.decode()
    submitted.assert_not_called()


def test_trusting_without_naming_a_key_is_refused(browser: Client, submitted: Mock) -> None:
    make_host("web")
    response = browser.post("/hosts/web/trust", {"fingerprint": " "}, follow=True)
    assert "Compare the fingerprint" in response.content.decode()
    assert not Host.objects.get().host_key
    submitted.assert_not_called()


def test_a_host_is_drained_and_given_work_again(browser: Client) -> None:
    make_host("web")
    browser.post("/hosts/web/drain")
    assert Host.objects.get(name="web").drained
    browser.post("/hosts/web/drain", {"undrain": "1"})
    assert not Host.objects.get(name="web").drained


def test_a_probe_is_a_run_of_whoever_asked(
    browser: Client, operator: User, submitted: Mock
) -> None:
    make_host("web")
    browser.post("/hosts/web/probe")
    run = Run.objects.get()
    assert (run.kind, run.asked_by) == ("probe", operator)
    submitted.assert_called_once_with(run)


@pytest.mark.parametrize(("dry_run", "chosen"), [({}, False), ({"dry_run": "1"}, True)])
def test_provisioning_can_only_show_the_difference(
    browser: Client, dry_run: dict[str, str], chosen: bool
) -> None:
    make_channel()
    make_host("web")
    browser.post("/hosts/web/provision", {"repository": "pbins", **dry_run})
    run = Run.objects.get()
    assert (run.kind, run.choices) == ("provision", {"dry_run": chosen})


def test_what_cannot_be_provisioned_is_refused_with_the_reason(
    browser: Client, submitted: Mock
) -> None:
    make_channel()
    make_host("idle", is_consumer=False)
    response = browser.post("/hosts/idle/provision", {"repository": "pbins"}, follow=True)
    assert "neither a builder" in response.content.decode()
    submitted.assert_not_called()


def test_an_unknown_host_is_not_found(browser: Client) -> None:
    assert browser.get("/hosts/nobody/").status_code == 404


def test_the_number_of_queries_does_not_grow_with_hosts(
    browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    channel = make_channel()
    for number in range(20):
        host = make_host(f"host-{number}")
        Subscription.objects.create(host=host, channel=channel)
        host.tags.add(Tag.objects.get_or_create(name="edge")[0])
    with django_assert_max_num_queries(15):
        assert browser.get("/hosts/").status_code == 200
