"""The JSON siblings of the pages."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from pbins.models import PackageSet, Rollout, RunKind, Subscription
from pbins.services.installing import note_installed_on
from pbins.services.tokens import make_token
from tests.factories import make_change, make_channel, make_entry, make_host, make_run

pytestmark = pytest.mark.django_db
BASE = "http://127.0.0.1:8000"


@pytest.fixture
def vera(viewer: User) -> Client:
    client = Client()
    client.force_login(viewer)
    return client


@pytest.fixture
def addresses() -> list[str]:
    """One of everything; the JSON of each."""
    channel = make_channel()
    change = make_change(make_entry(channel))
    host = make_host(is_builder=True)
    host.tags.create(name="web")
    PackageSet.objects.create(name="base", specs="sys-apps/coreutils")
    rollout = Rollout.objects.create(kind=RunKind.SYNC, repository=channel.repository)
    run = make_run(RunKind.SYNC, host=host, repository=channel.repository)
    rollout.runs.add(run)
    return [
        "/hosts/json",
        f"/hosts/{host.name}/json",
        "/repositories/json",
        "/repositories/pbins/json",
        "/repositories/pbins/publications/json",
        f"/publications/{change.publication_id}/json",
        "/sets/json",
        "/sets/base/json",
        "/runs/json",
        f"/runs/{run.pk}/json",
        "/rollouts/json",
        f"/rollouts/{rollout.pk}/json",
        "/distfiles/pbins/json",
        "/feeds/json",
        "/packages/json",
        "/packages/sys-test/hello/json",
        "/packages/pbins/master/sys-test/hello/1.0-r3/json",
        "/packages/lists/json",
        "/packages/lists/newest/json",
    ]


def test_each_is_json_and_sent_once(vera: Client, addresses: list[str]) -> None:
    for address in addresses:
        response = vera.get(address)
        assert response.headers["Content-Type"] == "application/json", address
        assert response.json(), address
        etag = response.headers["ETag"]
        again = vera.get(address, headers={"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b""), address


def test_scripts_read_them_with_a_token(
    client: Client, viewer: User, addresses: list[str], settings: Settings
) -> None:
    settings.PBINS_PUBLIC_CATALOGUE = settings.PBINS_PUBLIC_FEEDS = False
    settings.PBINS_PUBLIC_DISTFILES = False
    bearer = {"Authorization": f"Bearer {make_token(viewer)}"}
    for address in addresses:
        refused = client.get(address)
        assert refused.status_code == 401, address
        assert "reading token" in refused.json()["error"]
        assert client.get(address, headers=bearer).status_code == 200, address


def test_a_package_tells_programs_with_a_token_who_has_it(client: Client, viewer: User) -> None:
    channel = make_channel()
    make_entry(channel)
    follower = Subscription.objects.create(
        host=make_host("web1"), channel=channel, installed=[["sys-test/hello", "1.0-r3"]]
    )
    note_installed_on(follower)
    address = "/packages/sys-test/hello/json"
    assert not {"installed", "failures"} & client.get(address).json().keys()
    bearer = {"Authorization": f"Bearer {make_token(viewer)}"}
    told = client.get(address, headers=bearer).json()
    assert told["installed"] == [{"version": "1.0-r3", "slot": "0", "hosts": 1}]
    assert told["failures"] == []


def test_tarballs_are_listed_for_everybody_where_they_are_served_to_everybody(
    client: Client, addresses: list[str], settings: Settings
) -> None:
    settings.PBINS_PUBLIC_CATALOGUE, settings.PBINS_PUBLIC_DISTFILES = False, True
    assert client.get("/distfiles/pbins/json").status_code == 200
    settings.PBINS_PUBLIC_CATALOGUE, settings.PBINS_PUBLIC_DISTFILES = True, False
    assert client.get("/distfiles/pbins/json").status_code == 401


def test_a_long_list_says_where_it_goes_on(vera: Client, addresses: list[str]) -> None:
    for number in range(250):
        make_host(f"host{number:03}")
    first = vera.get("/hosts/json?role=consumer").json()
    assert (first["count"], len(first["hosts"])) == (251, 200)
    assert first["next"] == f"{BASE}/hosts/json?role=consumer&page=2"
    second = vera.get(first["next"].removeprefix(BASE)).json()
    assert (len(second["hosts"]), second["next"]) == (51, None)


def test_the_runs_of_a_large_rollout_come_in_pages(vera: Client, addresses: list[str]) -> None:
    rollout = Rollout.objects.get()
    for number in range(201):
        rollout.runs.add(make_run(RunKind.SYNC, host=make_host(f"h{number}")))
    first = vera.get(f"/rollouts/{rollout.pk}/json").json()
    assert (first["rollout"], first["count"], len(first["runs"])) == (rollout.pk, 202, 200)
    assert len(vera.get(first["next"].removeprefix(BASE)).json()["runs"]) == 2


def test_lists_take_the_filters_of_their_pages(vera: Client, addresses: list[str]) -> None:
    make_host("web1").tags.create(name="db")
    assert [one["name"] for one in vera.get("/hosts/json?tag=db").json()["hosts"]] == ["web1"]
    assert vera.get("/runs/json?kind=build").json()["count"] == 0
    assert vera.get("/runs/json?kind=sync&host=builder").json()["count"] == 1


def test_what_they_tell_is_whole(vera: Client, addresses: list[str]) -> None:
    publication = vera.get(addresses[5]).json()
    assert (publication["repository"], publication["channel"]) == ("pbins", "master")
    assert [one["name"] for one in publication["changes"]] == ["sys-test/hello"]
    (tarball,) = vera.get("/distfiles/pbins/json").json()["tarballs"]
    assert tarball["url"] == f"{BASE}/distfiles/pbins/{tarball['name']}"
    assert len(tarball["sha256"]) == 64
    assert vera.get(addresses[1]).json()["follows"] == []
    assert [one["host"] for one in vera.get(addresses[11]).json()["runs"]] == ["builder"]


def test_the_feeds_there_are_for_whoever_asks(client: Client, vera: Client) -> None:
    make_entry(make_channel())
    public = [feed["kind"] for feed in client.get("/feeds/json").json()["feeds"]]
    assert public == ["everything", "repository", "channel", "category"]
    everything, *_, hosts = vera.get("/feeds/json").json()["feeds"]
    assert hosts["kind"] == "hosts"
    for address in everything["urls"].values():
        assert client.get(address.removeprefix(BASE)).status_code == 200


@pytest.mark.parametrize(
    "address", ["/hosts/json", "/repositories/json", "/runs/json", "/publications/1/json"]
)
def test_the_queries_of_a_list_do_not_grow(
    vera: Client,
    addresses: list[str],
    address: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    channel = make_channel(name="testing")
    for number in range(30):
        host = make_host(f"host{number}")
        host.tags.create(name=f"tag{number}")
        make_run(RunKind.SYNC, host=host, repository=channel.repository)
    with django_assert_max_num_queries(12):
        assert vera.get(address).status_code in {200, 404}


def test_what_is_not_there_is_404(vera: Client) -> None:
    for address in (
        "/hosts/x/json",
        "/runs/7/json",
        "/distfiles/x/json",
        "/sets/x/json",
        "/packages/a/b/json",
        "/packages/a/b/c/d/1/json",
        "/feeds/packages/a/b.json",
        "/feeds/all.json?before=x",
        "/nowhere/json",
    ):
        response = vera.get(address)
        assert response.status_code == 404
        assert list(response.json()) == ["error"], address


def test_pages_say_where_their_json_is(vera: Client, addresses: list[str]) -> None:
    for address in addresses:
        page = f"{address.removesuffix('json')}" if address.endswith("/json") else ""
        if page:
            assert f'href="{address}"' in vera.get(page).content.decode(), page
    assert 'href="/hosts/json?tag=web"' in vera.get("/hosts/?tag=web").content.decode()
