"""Feeds of hosts and failed builds, and the tokens that open them."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from pbins.models import (
    Channel,
    Entry,
    Host,
    Run,
    RunKind,
    RunState,
    StepAction,
    StepState,
    Subscription,
)
from pbins.services.installing import note_installed_on
from pbins.services.tokens import make_token, owner_of, revoke_token
from pbins.web.feeds_private import HOSTS_PER_PAGE
from tests.factories import NOON, make_change, make_channel, make_entry, make_host, make_run
from tests.web.feed_validity import check_feed

pytestmark = pytest.mark.django_db
FORMATS = ("rss", "atom", "json")
PRIVATE = ("/feeds/hosts.json", "/feeds/hosts/web.json", "/feeds/failures.json")


@pytest.fixture
def channel() -> Channel:
    return make_channel()


@pytest.fixture
def token(viewer: User) -> str:
    return make_token(viewer)


@pytest.fixture
def web(channel: Channel) -> Host:
    """A host with the tag ``web`` that has libfoo 1 where the channel serves 2."""
    for version in ("1", "2"):
        make_entry(channel, "sys-test/libfoo", version)
    make_entry(channel, "sys-test/hello", "1.0")
    host = make_host("web1")
    host.tags.create(name="web")
    follow(host, channel, [["sys-test/libfoo", "1"], ["sys-test/hello", "1.0"]])
    return host


def follow(host: Host, channel: Channel, installed: list[list[str]]) -> Subscription:
    subscription = Subscription.objects.create(
        host=host, channel=channel, commit=channel.commit, installed=installed, synced_at=NOON
    )
    note_installed_on(subscription)
    return subscription


def fail(reason: str = "Two of three were made.", *, minutes: int = 0) -> Run:
    run = make_run(RunKind.BUILD, state=RunState.PARTIAL)
    Run.objects.filter(pk=run.pk).update(
        reason=reason, finished_at=NOON + timedelta(minutes=minutes)
    )
    for number, (name, state) in enumerate(
        [("sys-test/bad", StepState.FAILED), ("sys-test/good", StepState.SUCCEEDED)]
    ):
        run.steps.create(
            number=number,
            action=StepAction.CREATE_BINARY,
            name=name,
            version="3",
            state=state,
            note="undefined reference to `main'" if state == StepState.FAILED else "",
        )
    return run


def test_a_group_of_hosts_is_told_what_waits_for_them(
    client: Client, web: Host, token: str
) -> None:
    follow(make_host("db1"), Channel.objects.get(), [["sys-test/libfoo", "1"]])
    (item,) = client.get(f"/feeds/hosts/web.json?token={token}").json()["items"]
    assert item["title"] == "web1: 1 update from pbins/master"
    assert item["url"] == "http://127.0.0.1:8000/hosts/web1/"
    for part in ("sys-test/libfoo", "<td>1</td><td>2</td>", "is at its head"):
        assert part in item["content_html"]
    assert "hello" not in item["content_html"]
    everybody = client.get(f"/feeds/hosts.json?token={token}").json()["items"]
    assert [one["title"].partition(":")[0] for one in everybody] == ["db1", "web1"]


def test_who_has_taken_everything_is_in_the_feed_no_more(
    client: Client, web: Host, token: str
) -> None:
    subscription = web.subscriptions.get()
    subscription.installed = [["sys-test/libfoo", "2"]]
    subscription.save()
    note_installed_on(subscription)
    assert not client.get(f"/feeds/hosts/web.json?token={token}").json()["items"]


def test_who_is_behind_is_told_however_many_are_not(
    client: Client, channel: Channel, web: Host, token: str
) -> None:
    """All of them are at the channel's head; only one has an older version."""
    for number in range(HOSTS_PER_PAGE + 1):
        host = make_host(f"current{number}")
        Subscription.objects.create(
            host=host, channel=channel, commit=channel.commit, synced_at=NOON
        )
    feed = client.get(f"/feeds/hosts.atom?token={token}").content.decode()
    assert "web1: 1 update from pbins/master" in feed
    assert feed.count("<entry>") == 1
    assert "fh:complete" in feed


def test_a_long_feed_of_hosts_goes_on_and_only_a_whole_one_says_that_it_is(
    client: Client, channel: Channel, token: str
) -> None:
    for number in range(HOSTS_PER_PAGE + 2):
        Subscription.objects.create(host=make_host(f"web{number:03}"), channel=channel)
    first = client.get(f"/feeds/hosts.json?token={token}").json()
    assert len(first["items"]) == HOSTS_PER_PAGE
    second = client.get(first["next_url"]).json()
    rest = [f"web{number:03}" for number in (HOSTS_PER_PAGE, HOSTS_PER_PAGE + 1)]
    assert [item["title"].partition(":")[0] for item in second["items"]] == rest
    assert "next_url" not in second
    for address in (first["feed_url"], first["next_url"]):
        content = client.get(address.replace("hosts.json", "hosts.atom")).content
        check_feed(content, "atom")
        assert b"fh:complete" not in content
        assert (b'rel="next"' in content) == (address == first["feed_url"])
        assert b'rel="first"' in content


@pytest.mark.parametrize("after", ["0", "last", "x", "-1", "", "9" * 30, "\u0661"])
def test_there_is_no_page_of_hosts_that_nothing_is_on(
    client: Client, web: Host, token: str, after: str
) -> None:
    last = str(Subscription.objects.get().pk)
    asked = {"after": after.replace("last", last), "token": token}
    assert client.get("/feeds/hosts.atom", asked).status_code == 404


def test_a_search_that_asks_about_hosts_is_read_anew_when_they_have_changed(
    client: Client, web: Host, token: str
) -> None:
    make_change(Entry.objects.get(package="libfoo", version="2"))
    address = f"/feeds/search.json?outdated=1&token={token}"
    before = client.get(address)
    assert len(before.json()["items"]) == 1
    known = {"If-None-Match": before.headers["ETag"]}
    assert "Last-Modified" not in before.headers
    assert client.get(address, headers=known).status_code == 304
    subscription = web.subscriptions.get()
    subscription.installed = [["sys-test/libfoo", "2"]]
    note_installed_on(subscription)
    after = client.get(address, headers=known)
    assert (after.status_code, after.json()["items"]) == (200, [])


def test_a_host_is_told_of_anew_only_when_its_channel_moves(
    client: Client, web: Host, token: str
) -> None:
    def told() -> str:
        (item,) = client.get(f"/feeds/hosts/web.json?token={token}").json()["items"]
        return str(item["id"])

    before = told()
    Subscription.objects.update(synced_at=NOON + timedelta(hours=1))
    assert told() == before
    Channel.objects.update(commit="d" * 40, moved_at=NOON + timedelta(hours=2))
    assert told() != before


@pytest.mark.parametrize("path", ["/feeds/hosts/web", "/feeds/hosts", "/feeds/failures"])
@pytest.mark.parametrize("form", FORMATS)
def test_they_are_valid(client: Client, web: Host, token: str, path: str, form: str) -> None:
    for minutes in range(60):
        fail("Nobody knows why, <b>really</b>.", minutes=minutes)
    content = client.get(f"{path}.{form}?token={token}").content
    assert len(content) > 500
    check_feed(content, form)
    assert (b"complete" in content) == (form != "json" and "hosts" in path)


def test_a_failed_build_is_told_with_its_packages_and_the_reason(
    client: Client, token: str
) -> None:
    run = fail()
    make_run(RunKind.SYNC, state=RunState.FAILED)
    make_run(RunKind.BUILD, state=RunState.SUCCEEDED)
    (item,) = client.get(f"/feeds/failures.json?token={token}").json()["items"]
    assert item["title"] == "sys-test/bad 3 failed on builder"
    assert item["url"].endswith(f"/runs/{run.pk}/")
    for part in ("Two of three were made.", "undefined reference to `main&#x27;", "sys-test/bad"):
        assert part in item["content_html"]
    assert "sys-test/good" not in item["content_html"]
    assert item["date_published"] == NOON.isoformat()


def test_failures_are_in_the_order_in_which_they_ended(client: Client, token: str) -> None:
    for minutes in (3, 1, 2, *range(4, 60)):
        fail(f"after {minutes}", minutes=minutes)
    first = client.get(f"/feeds/failures.json?token={token}").json()
    second = client.get(first["next_url"]).json()
    read = [int(item["summary"].split()[1]) for item in first["items"] + second["items"]]
    assert read == list(range(59, 0, -1))


@pytest.mark.parametrize("path", PRIVATE)
def test_nothing_new_is_said_in_few_queries(
    client: Client,
    web: Host,
    token: str,
    path: str,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    fail()
    address = f"{path}?token={token}"
    etag = client.get(address).headers["ETag"]
    # The token, what its owner may (twice), the tag, and one look at what is told.
    with django_assert_max_num_queries(5):
        assert client.get(address, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("path", PRIVATE)
def test_strangers_are_told_nothing_of_hosts_and_runs(
    client: Client, web: Host, viewer: User, path: str
) -> None:
    response = client.get(path)
    assert response.status_code == 401
    assert b"?token=" in response.content
    assert list(response.json()) == ["error"]
    assert client.get(f"{path}?token=1-nonsense").status_code == 401
    client.force_login(User.objects.create_user("nobody"))
    assert client.get(path).status_code == 401
    client.force_login(viewer)
    response = client.get(path)
    assert (response.status_code, response.headers["Cache-Control"]) == (200, "private, no-cache")


def test_there_is_no_feed_of_a_tag_that_no_host_has(client: Client, token: str) -> None:
    assert client.get(f"/feeds/hosts/nowhere.atom?token={token}").status_code == 404


@pytest.mark.parametrize("public", [True, False])
def test_feeds_are_for_everybody_where_the_setting_says_so(
    client: Client, channel: Channel, token: str, settings: Settings, public: bool
) -> None:
    settings.PBINS_PUBLIC_FEEDS = public
    for scope in ("all", "repositories/pbins", "search"):
        assert client.get(f"/feeds/{scope}.atom").status_code == (200 if public else 401)
        assert client.get(f"/feeds/{scope}.atom?token={token}").status_code == 200


# --- tokens ------------------------------------------------------------------------------------


def test_a_token_is_of_one_person_until_it_is_renewed_or_revoked(viewer: User) -> None:
    first = make_token(viewer)
    assert owner_of(first) == viewer
    second = make_token(viewer)
    assert owner_of(first) is None
    assert owner_of(second) == viewer
    revoke_token(viewer)
    assert owner_of(second) is None


@pytest.mark.parametrize("change", ["is_active", "role"])
def test_a_token_opens_nothing_that_its_owner_may_not_see(
    client: Client, viewer: User, token: str, change: str
) -> None:
    assert client.get(f"/feeds/failures.atom?token={token}").status_code == 200
    if change == "is_active":
        viewer.is_active = False
        viewer.save()
    else:
        viewer.groups.clear()
    assert client.get(f"/feeds/failures.atom?token={token}").status_code == 401


@pytest.mark.parametrize("token", ["", "1", "-", "1-", "99999999999999999999-ab", "²-ab", "1-é"])
def test_what_is_no_token_is_nobody(db: None, token: str) -> None:
    assert owner_of(token) is None


def test_a_token_stays_in_the_links_of_its_feed(client: Client, token: str) -> None:
    for minutes in range(51):
        fail(minutes=minutes)
    feed = client.get(f"/feeds/failures.json?token={token}").json()
    assert f"token={token}" in feed["next_url"]


def test_a_token_may_be_a_bearer(client: Client, token: str) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/feeds/failures.atom", headers=bearer).status_code == 200


def test_the_page_of_feeds_gives_their_addresses_with_the_token(
    client: Client, web: Host, viewer: User
) -> None:
    assert "/feeds/failures" not in client.get("/feeds/").content.decode()
    client.force_login(viewer)
    assert 'href="/feeds/failures.atom"' in client.get("/feeds/").content.decode()
    token = make_token(viewer)
    page = client.get("/feeds/").content.decode()
    assert f'href="/feeds/hosts/web.rss?token={token}"' in page
    assert 'href="/feeds/repositories/pbins/master.json"' in page


def test_a_search_leads_to_its_feed(client: Client, channel: Channel) -> None:
    make_entry(channel)
    page = client.get("/packages/?q=hello&repository=pbins").content.decode()
    assert page.count('href="/feeds/search.atom?q=hello&amp;repository=pbins"') == 2


@pytest.mark.parametrize(
    ("path", "feed"),
    [
        ("/hosts/", "/feeds/hosts.atom"),
        ("/hosts/?tag=web", "/feeds/hosts/web.rss"),
        ("/runs/", "/feeds/failures.json"),
    ],
)
def test_feed_readers_find_the_feeds_of_hosts_and_runs_with_the_token(
    client: Client, web: Host, viewer: User, path: str, feed: str
) -> None:
    client.force_login(viewer)
    assert f'href="{feed}"' in head_of(client, path)
    token = make_token(viewer)
    assert f'href="{feed}?token={token}"' in head_of(client, path)
    assert "/feeds/hosts/" not in head_of(client, "/hosts/?tag=a/b")


def test_the_page_of_a_repository_names_its_feeds(client: Client, web: Host, viewer: User) -> None:
    client.force_login(viewer)
    head = head_of(client, "/repositories/pbins/")
    for feed in ("repositories/pbins.atom", "repositories/pbins/master.json"):
        assert f'href="/feeds/{feed}"' in head


CATALOGUE = (
    "/packages/",
    "/packages/?slot=0",
    "/packages/sys-test/hello/",
    "/packages/pbins/master/sys-test/hello/1.0/",
    "/distfiles/pbins/",
)


@pytest.mark.parametrize("path", CATALOGUE)
def test_nobody_is_offered_feeds_that_are_not_for_them(
    client: Client, web: Host, viewer: User, settings: Settings, path: str
) -> None:
    assert "/feeds/" in client.get(path).content.decode()
    settings.PBINS_PUBLIC_FEEDS = False
    assert "/feeds/" not in client.get(path).content.decode()
    client.force_login(User.objects.create_user("nobody"))
    assert "/feeds/" not in client.get(path).content.decode()
    client.force_login(viewer)
    token = make_token(viewer)
    page = client.get(path).content.decode()
    assert f"token={token}" in page.partition("</head>")[0]


def head_of(client: Client, path: str) -> str:
    return client.get(path).content.decode().partition("</head>")[0]
