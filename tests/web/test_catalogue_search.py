"""Searching the catalogue: what is found by what, in which order, and with which filters."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pbins.models import Channel, Entry, Finding, FindingKind, Subscription
from pbins.paludis.versions import Version
from pbins.services.installing import note_installed_on
from pbins.services.listings import keep_listings
from pbins.services.tokens import make_token
from pbins.storage.elf import Linkage
from pbins.storage.tarball import FileType, TarballFile
from tests.factories import NOON, make_channel, make_entry, make_host, make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(db: None) -> Channel:
    return make_channel()


def names(client: Client, query: str) -> list[str]:
    found = client.get(f"/packages/json?{query}").json()
    return [package["name"] for package in found["packages"]]


def with_files(entry: Entry, *paths: str, provides: str = "") -> Entry:
    tarball = entry.pbin.tarball
    assert tarball is not None
    files = [TarballFile(path, 1, FileType.FILE, 0o755, "") for path in paths]
    if provides:
        linkage = Linkage(provides, ("libc.so.6",), 64)
        files.append(TarballFile(f"usr/lib/{provides}", 1, FileType.FILE, 0o755, "", linkage))
    keep_listings({tarball: files})
    return entry


def test_the_best_comes_first(client: Client, channel: Channel) -> None:
    make_entry(channel, "app/viewer", fields={"SUMMARY": "Shows fire"})
    make_entry(channel, "app/other", fields={"SUMMARY": "-", "DESCRIPTION": "Fire, of all things"})
    make_entry(channel, "app/campfire", fields={"SUMMARY": "-"})
    make_entry(channel, "app/firefox", fields={"SUMMARY": "-"})
    make_entry(channel, "app/fire", fields={"SUMMARY": "-"})
    best = ["app/fire", "app/firefox", "app/campfire", "app/viewer", "app/other"]
    assert names(client, "q=fire") == best
    assert names(client, "q=fire&order=name") == sorted(best)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("/usr/bin/convert", ["media/magick"]),
        ("bin/convert", ["media/magick"]),
        ("convert", ["media/magick"]),
        ("/bin/convert", []),
        ("onvert", []),
        ("libmagick.so.1", ["media/magick"]),
        ("libmagick.so", ["media/magick"]),
        ("libc.so.6", []),
        ("convert library", []),
        ("'; DROP TABLE", []),
        ('"unfinished', []),
        ("AND OR NOT *", []),
    ],
)
def test_files_and_libraries_are_found(
    client: Client, channel: Channel, words: str, found: list[str]
) -> None:
    entry = make_entry(channel, "media/magick", fields={"SUMMARY": "Pictures"})
    with_files(entry, "usr/bin/convert", provides="libmagick.so.1")
    make_entry(channel, "media/bystander", fields={"SUMMARY": "-"})
    assert names(client, f"q={words}") == found


def test_the_list_says_which_file_it_was(client: Client, channel: Channel) -> None:
    with_files(make_entry(channel, "media/magick"), "usr/bin/convert")
    assert "/usr/bin/convert" in client.get("/packages/?q=convert").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "repository=pbins",
        "channel=master",
        "platform=amd64",
        "slot=3",
        "option=ssl",
        "option=-gtk",
        "option=ssl&option=-gtk",
        "option=ssl+-gtk&channel=master&platform=amd64&slot=3&licence=MIT",
        "licence=MIT",
        "source=arbor",
        "built=2026-06-01",
        "min=1M",
        "max=3M&min=1.5M",
        "category=sys-test",
        "broken=",
    ],
)
def test_filters_let_one_through_and_keep_the_other_back(
    client: Client, channel: Channel, query: str
) -> None:
    wanted = {
        "SLOT": "3",
        "MYOPTIONS": "( ssl gtk )",
        "OPTIONS": "ssl -gtk",
        "LICENCES": "MIT",
        "BINARY_PLATFORMS": "amd64 ~x86",
    }
    other = {
        "SLOT": "0",
        "MYOPTIONS": "( ssl gtk )",
        "OPTIONS": "-ssl gtk",
        "LICENCES": "GPL-2",
        "BINARY_PLATFORMS": "~amd64",
        "GENERATED_FROM_REPOSITORY": "media",
        "GENERATED_TIME": "1700000000",
    }
    make_entry(channel, "sys-test/wanted", fields=wanted, size=2 * 2**20)
    testing = make_channel(make_repository("testing"), "beta")
    make_entry(testing, "dev-test/other", fields=other, size=10_000)
    expected = {"sys-test/wanted"} | ({"dev-test/other"} if query == "broken=" else set())
    assert set(names(client, query)) == expected
    page = client.get(f"/packages/?{query}").content.decode()
    assert "/packages/sys-test/wanted/" in page


def test_filters_hold_for_one_and_the_same_version(client: Client, channel: Channel) -> None:
    make_entry(channel, version="1", fields={"MYOPTIONS": "( ssl )", "OPTIONS": "ssl"})
    stable = make_channel(channel.repository, "stable")
    make_entry(stable, version="2", fields={"MYOPTIONS": "( ssl )", "OPTIONS": "-ssl"})
    assert names(client, "option=ssl&channel=master") == ["sys-test/hello"]
    assert names(client, "option=ssl&channel=stable") == []
    (found,) = client.get("/packages/json?channel=master").json()["packages"]
    assert (found["newest"], found["versions"]) == ("1", 1)


@pytest.fixture
def follower(channel: Channel) -> Subscription:
    """A host with an old libfoo and a current hello."""
    make_entry(channel, "sys-test/hello", "1")
    make_entry(channel, "sys-test/libfoo", "2")
    installed = [["sys-test/hello", "1"], ["sys-test/libfoo", "1.9"]]
    found = Subscription.objects.create(
        host=make_host("web1"), channel=channel, installed=installed
    )
    note_installed_on(found)
    return found


def test_members_find_what_a_host_has_and_what_is_outdated_somewhere(
    admin_client: Client, channel: Channel, follower: Subscription
) -> None:
    make_entry(channel, "sys-test/nowhere")
    assert names(admin_client, "host=web1") == ["sys-test/hello", "sys-test/libfoo"]
    assert names(admin_client, "host=web2") == []


def test_slots_are_not_held_against_each_other(
    admin_client: Client, follower: Subscription
) -> None:
    """1.9 was built into slot 0 here; where no pbin tells, there is nothing to compare."""
    make_entry(follower.channel, "sys-test/libfoo", "1.9", fields={"SLOT": "1"})
    follower.installed = [["sys-test/libfoo", "1.9"]]
    note_installed_on(follower)
    assert names(admin_client, "outdated=1") == []
    make_entry(follower.channel, "sys-test/libfoo", "1.9.1", fields={"SLOT": "1"})
    assert names(admin_client, "outdated=1") == ["sys-test/libfoo"]
    follower.installed = [["sys-test/libfoo", "1.9.1"]]
    note_installed_on(follower)
    assert names(admin_client, "outdated=1") == []


@pytest.mark.parametrize("query", ["host=web1", "outdated=1"])
def test_strangers_who_ask_about_hosts_are_told_to_say_who_they_are(
    client: Client, follower: Subscription, query: str
) -> None:
    page = client.get(f"/packages/?{query}")
    assert (page.status_code, page.headers["Location"][:7]) == (302, "/login/")
    refused = client.get(f"/packages/json?{query}")
    assert (refused.status_code, "reading token" in refused.json()["error"]) == (401, True)
    assert client.get(f"/feeds/search.atom?{query}").status_code == 401
    assert client.get("/packages/choices/host.json").json() == {"choices": []}


@pytest.mark.parametrize("is_bearer", [True, False])
def test_programs_ask_about_hosts_with_a_token(
    client: Client, viewer: User, follower: Subscription, is_bearer: bool
) -> None:
    make_entry(follower.channel, "sys-test/nowhere")
    make_entry(follower.channel, "sys-test/libfoo", "1.9")
    note_installed_on(follower)
    token = make_token(viewer)
    bearer = {"Authorization": f"Bearer {token}"} if is_bearer else {}
    for query, expected in (
        ("host=web1", ["sys-test/hello", "sys-test/libfoo"]),
        ("outdated=1", ["sys-test/libfoo"]),
    ):
        address = f"/packages/json?{query}" + ("" if is_bearer else f"&token={token}")
        response = client.get(address, headers=bearer)
        assert [one["name"] for one in response.json()["packages"]] == expected
        assert response.headers["Cache-Control"] == "private, no-cache"


def test_what_is_withheld_or_has_an_open_finding_is_broken(
    client: Client, channel: Channel
) -> None:
    make_entry(channel, "sys-test/fine")
    make_entry(channel, "sys-test/held", withheld="Its tarball is not here.")
    entry = make_entry(channel, "sys-test/cut")
    Finding.objects.create(
        repository=channel.repository,
        kind=FindingKind.TRUNCATED,
        what=entry.pbin.tarball.name if entry.pbin.tarball else "",
    )
    assert names(client, "broken=1") == ["sys-test/cut", "sys-test/held"]


@pytest.mark.parametrize(
    ("order", "first"),
    [
        ("name", "aaa"),
        ("-name", "ccc"),
        ("newest", "bbb"),
        ("-newest", "aaa"),
        ("size", "ccc"),
        ("-size", "aaa"),
        ("versions", "aaa"),
    ],
)
@pytest.mark.parametrize("filters", ["", "&channel=master", "&q=sys", "&q=sys&channel=master"])
def test_columns_sort(
    client: Client, channel: Channel, order: str, first: str, filters: str
) -> None:
    make_entry(channel, "sys-test/aaa", "1", size=1, since=NOON - timedelta(hours=2))
    make_entry(channel, "sys-test/aaa", "0", size=1, since=NOON - timedelta(hours=2))
    make_entry(channel, "sys-test/bbb", size=2)
    make_entry(channel, "sys-test/ccc", size=3, since=NOON - timedelta(hours=1))
    assert names(client, f"order={order}{filters}")[0] == f"sys-test/{first}"


def test_what_is_not_understood_is_said_and_asks_for_nothing(
    client: Client, channel: Channel
) -> None:
    make_entry(channel)
    found = client.get("/packages/json?min=lots&built=soon&order=colour").json()
    assert (found["count"], len(found["problems"])) == (1, 3)
    assert "“lots” is no size" in client.get("/packages/?min=lots").content.decode()


def test_every_filter_can_be_taken_off(client: Client, channel: Channel) -> None:
    make_entry(channel)
    page = client.get("/packages/?channel=master&option=-x+y&slot=0").content.decode()
    assert 'href="/packages/?channel=master&amp;slot=0&amp;option=y"' in page
    assert 'href="/packages/?slot=0&amp;option=-x+y"' in page


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("sys-test/hello", "/packages/sys-test/hello/"),
        ("sys-test/hello-1.0-r3", "/packages/sys-test/hello/"),
        ("hello", "/packages/sys-test/hello/"),
        ("libfoo", None),
        ("hell", None),
        ("gone/away", None),
    ],
)
def test_a_name_leads_to_its_page_where_it_is_the_only_one(
    client: Client, channel: Channel, typed: str, place: str | None
) -> None:
    for name in ("sys-test/hello", "sys-test/libfoo", "dev-test/libfoo"):
        make_entry(channel, name)
    response = client.get("/packages/", {"q": typed})
    assert response.headers.get("Location") == place


def test_suggestions_are_few_and_the_best_first(client: Client, channel: Channel) -> None:
    for number in range(12):
        make_entry(channel, f"sys-test/fire{number}", fields={"SUMMARY": f"Number {number}"})
    make_entry(channel, "sys-test/fire", fields={"SUMMARY": "Itself"})
    typed, found, summaries, addresses = client.get("/packages/suggestions?q=fire").json()
    assert (typed, len(found)) == ("fire", 10)
    assert (found[0], summaries[0]) == ("sys-test/fire", "Itself")
    assert addresses[0] == "http://127.0.0.1:8000/packages/sys-test/fire/"
    assert client.get("/packages/suggestions?q=f").json()[1] == []


def test_choices_are_what_some_version_has(client: Client, channel: Channel) -> None:
    make_entry(channel, fields={"MYOPTIONS": "( ssl )", "OPTIONS": "ssl", "SLOT": "4"})
    assert client.get("/packages/choices/option.json").json() == {"choices": ["ssl", "-ssl"]}
    assert client.get("/packages/choices/slot.json").json() == {"choices": ["4"]}
    channel.entries.all().delete()
    assert client.get("/packages/choices/slot.json").json() == {"choices": []}


def test_versions_sort_as_paludis_does(client: Client, channel: Channel) -> None:
    for version in ("1.9", "1.10", "1.10_rc1", "1.10-r1"):
        make_entry(channel, version=version)
    (found,) = client.get("/packages/json").json()["packages"]
    assert Version(found["newest"]) == Version("1.10-r1")


def test_a_private_catalogue_suggests_nothing(
    client: Client, channel: Channel, settings: object
) -> None:
    make_entry(channel)
    settings.PBINS_PUBLIC_CATALOGUE = False  # type: ignore[attr-defined]
    for path in ("/packages/suggestions?q=hello", "/packages/choices/slot.json"):
        assert client.get(path).status_code == 302
    client.force_login(User.objects.create_superuser("admin"))
    assert client.get("/packages/suggestions?q=hello").json()[1] == ["sys-test/hello"]
