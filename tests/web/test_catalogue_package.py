"""The package page: sources, hosts, failed builds, history; and every way to get there."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from pbins.models import Channel, Installed, Package, StepAction, StepState, Subscription
from pbins.paludis.versions import Version
from tests.factories import (
    NOON,
    make_change,
    make_channel,
    make_entry,
    make_host,
    make_repository,
    make_run,
)
from tests.services.test_satisfying import make_source

pytestmark = pytest.mark.django_db

HELLO = "/packages/sys-test/hello/"


@pytest.fixture
def channel() -> Channel:
    return make_channel()


@pytest.fixture
def member(viewer: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(viewer)


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return " ".join(response.content.decode().split())


def install_on(channel: Channel, host: str, version: str) -> None:
    subscription = Subscription.objects.create(host=make_host(host), channel=channel)
    Installed.objects.create(
        subscription=subscription,
        package=Package.objects.get(name="sys-test/hello"),
        version=version,
        version_key=Version(version).sort_key,
        slot="0",
    )


def test_binaries_that_lag_behind_their_source_are_told_slot_by_slot(
    client: Client, channel: Channel
) -> None:
    make_entry(channel, version="1.2")
    make_entry(channel, version="2.0", fields={"SLOT": "2"})
    for version, slot in (("1.3", "0"), ("1.1", "0"), ("2.0", "2"), ("3.0", "3")):
        make_source("sys-test/hello", version, slot=slot)
    make_source("sys-test/hello", "1.4", is_masked=True)
    shown = page(client, HELLO)
    assert "arbor has 1.3, the newest binary is 1.2" in shown
    assert "1.4 is masked on the builder" in shown
    assert "arbor has 2.0" not in shown
    told = {one["slot"]: one for one in client.get(f"{HELLO}json").json()["sources"]}
    assert [told[slot]["behind"] for slot in ("0", "2", "3")] == [True, False, False]
    assert (told["0"]["masked"], told["3"]["binary"]) == ("1.4", None)


def test_hosts_that_have_it_are_counted_for_members_only(
    client: Client, member: Client, channel: Channel
) -> None:
    make_entry(channel)
    for name, version in (("web1", "1.0-r3"), ("web2", "1.0-r3"), ("web3", "0.9")):
        install_on(channel, name, version)
    assert "2 hosts" in page(member, HELLO)
    hosts = page(member, f"{HELLO}hosts/")
    assert hosts.index("web3") < hosts.index("web1")
    assert "2 hosts" not in page(client, HELLO)
    assert client.get(f"{HELLO}hosts/").status_code == 302
    assert "installed" not in client.get(f"{HELLO}json").json()
    told = member.get(f"{HELLO}json").json()["installed"]
    assert [(one["version"], one["hosts"]) for one in told] == [("1.0-r3", 2), ("0.9", 1)]
    page(member, "/packages/a/b/hosts/", 404)


def test_builds_that_failed_lead_to_their_place_in_the_log(
    client: Client, member: Client, channel: Channel
) -> None:
    make_entry(channel)
    run = make_run(repository=channel.repository)
    run.steps.create(
        number=1,
        action=StepAction.CREATE_BINARY,
        name="sys-test/hello",
        version="1.1",
        state=StepState.FAILED,
        log_offset=4711,
        finished_at=NOON,
    )
    assert f'href="/runs/{run.pk}/?offset=4711#log"' in page(member, HELLO)
    assert "Builds that failed" not in page(client, HELLO)
    assert member.get(f"{HELLO}json").json()["failures"][0]["run"] == run.pk


def test_a_long_history_comes_in_pages(client: Client, channel: Channel) -> None:
    entry = make_entry(channel)
    for number in range(25):
        make_change(entry, at=NOON + timedelta(hours=number))
    assert "?page=2" in page(client, HELLO)
    assert "?page=1" in page(client, f"{HELLO}?page=2")
    assert client.get(f"{HELLO}json").json()["next"] is None


def test_the_queries_do_not_grow_with_hosts_and_sources(
    member: Client, channel: Channel, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_entry(channel)
    for number in range(15):
        make_source("sys-test/hello", f"1.{number}", slot=str(number))
        install_on(channel, f"web{number}", f"1.{number}")
    page(member, HELLO)
    with django_assert_max_num_queries(14):
        member.get(HELLO)


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ("=sys-test/hello-1.0-r3", "/packages/pbins/master/sys-test/hello/1.0-r3/"),
        ("sys-test/hello-1.0-r3", "/packages/pbins/master/sys-test/hello/1.0-r3/"),
        ("sys-test/hello-1.0-r03::pbins", "/packages/pbins/master/sys-test/hello/1.0-r3/"),
        ("=sys-test/hello-1.0-r3:0::other", "/packages/other/master/sys-test/hello/1.0-r3/"),
        ("sys-test/hello/1.0-r3", "/packages/pbins/master/sys-test/hello/1.0-r3/"),
        ("sys-test/hello::pbins", HELLO),
        ("sys-test/hello:0", HELLO),
        (">=sys-test/hello-0.9[doc]", HELLO),
        ("Sys-Test/HELLO", HELLO),
        ("=sys-test/hello-9::pbins", HELLO),
        ("SYS-TEST/hello-1.0-r3", "/packages/pbins/master/sys-test/hello/1.0-r3/"),
    ],
)
def test_what_people_type_leads_to_the_page(
    client: Client, channel: Channel, typed: str, leads_to: str
) -> None:
    make_entry(channel)
    make_entry(make_channel(make_repository("other")))
    response = client.get(f"/packages/{typed}/")
    assert (response.status_code, response.headers.get("Location")) == (302, leads_to)


@pytest.mark.parametrize(
    "typed",
    ["sys-test/hallo", "=sys-test/hallo-1.0::pbins", "a/b", "-/-", "sys-test/hello/9", "a b/c"],
)
def test_what_names_nothing_is_not_found(client: Client, channel: Channel, typed: str) -> None:
    make_entry(channel)
    page(client, f"/packages/{typed}/", 404)
