from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from pbins.models import ChangeKind, Channel, RunKind
from pbins.services.arrivals import suspicion
from pbins.services.listings import keep_listings
from pbins.storage.elf import Linkage
from pbins.storage.tarball import FileType, TarballFile
from tests.factories import (
    NOON,
    make_change,
    make_channel,
    make_entry,
    make_publication,
    make_repository,
    make_run,
)

pytestmark = pytest.mark.django_db

HELLO = "/packages/pbins/master/sys-test/hello/1.0-r3/"


@pytest.fixture
def channel() -> Channel:
    return make_channel()


def page(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return response.content.decode()


# --- the list ----------------------------------------------------------------------------------


def test_an_empty_catalogue_says_what_to_do(client: Client) -> None:
    assert "There are no packages yet" in page(client, "/packages/")


def test_packages_are_listed_once_with_their_newest_version(
    client: Client, channel: Channel
) -> None:
    for version in ("1.9", "1.10", "1.10_rc1"):
        make_entry(channel, "sys-test/hello", version, fields={"SUMMARY": f"Says hello, {version}"})
    listed = page(client, "/packages/")
    assert listed.count("sys-test/hello/1.") == 1
    assert "/packages/pbins/master/sys-test/hello/1.10/" in listed
    assert "Says hello, 1.10" in listed
    assert "1 package" in listed


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"hello", "libfoo", "zlib"}),
        ("?q=hello&order=name", {"hello"}),
        ("?q=HELLO", {"hello"}),
        ("?q=compress", {"zlib"}),
        ("?q=sys", {"hello", "libfoo"}),
        ("?q=lib", {"libfoo", "zlib"}),
        ("?q=lib+compress", {"zlib"}),
        ("?q=test/lib", {"libfoo"}),
        ("?q=nothing", set()),
        ("?q=%25", set()),
        ("?q=%00hello&order=name", {"hello"}),
        ("?category=sys-test", {"hello", "libfoo"}),
        ("?category=nowhere", set()),
        ("?repository=other", {"zlib"}),
        ("?repository=other&category=sys-test", set()),
        ("?order=nonsense&page=nonsense", {"hello", "libfoo", "zlib"}),
        ("?page=99", {"hello", "libfoo", "zlib"}),
    ],
)
def test_the_list_is_filtered_by_its_address(
    client: Client, channel: Channel, query: str, found: set[str]
) -> None:
    make_entry(channel, "sys-test/hello", fields={"SUMMARY": "Says so"})
    make_entry(channel, "sys-test/libfoo", fields={"SUMMARY": "A library"})
    other = make_channel(make_repository("other"))
    make_entry(other, "dev-libs/zlib", fields={"SUMMARY": "To compress"})
    listed = page(client, f"/packages/{query}")
    assert {name for name in ("hello", "libfoo", "zlib") if f"/{name}/" in listed} == found
    names = {row["name"] for row in client.get(f"/packages/json{query}").json()["packages"]}
    assert {name.partition("/")[2] for name in names} == found


def test_a_whole_name_leads_straight_to_the_package(client: Client, channel: Channel) -> None:
    make_entry(channel)
    response = client.get("/packages/?q=sys-test/hello")
    assert (response.status_code, response.headers["Location"]) == (
        302,
        "/packages/sys-test/hello/",
    )


def test_the_newest_can_come_first(client: Client, channel: Channel) -> None:
    make_entry(channel, "sys-test/aaa", since=NOON)
    make_entry(channel, "sys-test/bbb", since=NOON + timedelta(hours=1))
    listed = page(client, "/packages/?order=newest")
    assert listed.index("/bbb/") < listed.index("/aaa/")


def test_a_version_that_hosts_are_given_is_shown_rather_than_the_same_withheld(
    client: Client, channel: Channel
) -> None:
    make_entry(make_channel(make_repository("aaa")), withheld="Its tarball is not here.")
    make_entry(channel)
    listed = page(client, "/packages/")
    assert HELLO in listed
    assert "withheld" not in listed


def test_long_lists_come_in_pages_that_keep_the_filters(
    client: Client, channel: Channel, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(60):
        make_entry(channel, f"sys-test/p{number:02}x")
    first = page(client, "/packages/?category=sys-test")
    assert "category=sys-test&amp;page=2" in first
    assert "/p00x/" in first
    assert "/p59x/" in page(client, "/packages/?category=sys-test&page=2")
    with django_assert_max_num_queries(8):
        client.get("/packages/")


# --- a package ---------------------------------------------------------------------------------


def test_a_package_shows_its_versions_in_paludis_order(client: Client, channel: Channel) -> None:
    versions = ["2-scm", "1.10", "1.9-r1", "1.9", "1.9_rc2", "1.9_beta"]
    for version in sorted(versions):
        make_entry(channel, "sys-test/hello", version)
    shown = page(client, "/packages/sys-test/hello/")
    places = [shown.index(f"/sys-test/hello/{version}/") for version in versions]
    assert places == sorted(places)
    listed = client.get("/packages/sys-test/hello/json").json()["versions"]
    assert [entry["version"] for entry in listed] == versions


def test_a_package_says_what_hosts_are_not_given_and_why(client: Client, channel: Channel) -> None:
    make_entry(channel, withheld="Its tarball is <not> here.")
    assert "Its tarball is &lt;not&gt; here." in page(client, "/packages/sys-test/hello/")


def test_the_queries_of_a_package_do_not_grow_with_its_versions(
    client: Client, channel: Channel, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        make_change(make_entry(channel, version=f"1.{number}"))
    with django_assert_max_num_queries(8):
        client.get("/packages/sys-test/hello/")
    with django_assert_max_num_queries(8):
        client.get("/packages/sys-test/hello/json")


def test_a_package_that_was_removed_everywhere_is_gone_with_its_history(
    client: Client, channel: Channel
) -> None:
    entry = make_entry(channel)
    make_change(entry)
    make_change(entry, ChangeKind.REMOVED)
    entry.delete()
    shown = page(client, "/packages/sys-test/hello/", 410)
    assert "No channel has sys-test/hello any more" in shown
    assert "removed" in shown
    assert client.get("/packages/sys-test/hello/json").status_code == 410


def test_a_package_that_never_was_is_not_found(client: Client) -> None:
    assert client.get("/packages/sys-test/hello/").status_code == 404
    assert client.get("/packages/sys-test/hello/json").status_code == 404


# --- a version ---------------------------------------------------------------------------------

RICH = {
    "SUMMARY": "A test program <really>",
    "DESCRIPTION": "First words.",
    "HOMEPAGE": "https://example.org/hello javascript:alert(1) http:nowhere",
    "LICENCES": "GPL-2 MIT",
    "MYOPTIONS": "( bar [[ description = [ Enable bar ] ]] baz linguas: ( de en ) )",
    "OPTIONS": "bar linguas:de",
    "DEPENDENCIES": "( build: sys-test/libfoo:=2 run: baz? ( sys-test/libfoo[>=1] )"
    " || ( a/b c/d ) !x/y suggestion: sys-test/nothere [[ description = [ foo ] ]] )",
}


def test_a_version_shows_everything_that_its_pbin_says(client: Client, channel: Channel) -> None:
    make_entry(channel, "sys-test/libfoo", "2.1")
    entry = make_entry(channel, size=226_000, fields=RICH)
    tarball = entry.pbin.tarball
    assert tarball is not None
    shown = page(client, HELLO)
    for expected in (
        "A test program &lt;really&gt;",
        "First words.",
        '<a href="https://example.org/hello"',
        "<code>javascript:alert(1)</code>",
        "<code>http:nowhere</code>",
        "GPL-2 MIT",
        "Enable bar",
        "x86_64-pc-linux-gnu",
        "-march=x86-64-v2 -O2 -pipe",
        "paludis-3.0.1",
        "arbor",
        "221 KiB",
        tarball.sha256,
        tarball.sha512,
        f'href="/distfiles/pbins/{tarball.name}"',
        "cave resolve -x =sys-test/hello-1.0-r3::pbins",
        "CHOST=&quot;x86_64-pc-linux-gnu&quot;",
    ):
        assert expected in shown, expected


def test_dependencies_are_a_tree_in_words(client: Client, channel: Channel) -> None:
    make_entry(channel, "sys-test/libfoo", "2.1")
    make_entry(channel, fields=RICH)
    shown = page(client, HELLO)
    assert '<a class="mono" href="/packages/sys-test/libfoo/">sys-test/libfoo:=2</a>' in shown
    assert "<code>sys-test/nothere</code>" in shown
    assert "if baz is on" in shown
    assert "one of" in shown
    assert "must not be there" in shown


def test_the_json_of_a_version_says_the_same(client: Client, channel: Channel) -> None:
    entry = make_entry(channel, fields=RICH)
    make_change(entry)
    assert entry.pbin.tarball is not None
    told = client.get(f"{HELLO}json").json()
    assert told["homepages"][0] == "https://example.org/hello"
    on = {option["name"]: option["on"] for option in told["options"]}
    assert on == {"bar": True, "baz": False, "linguas:de": True, "linguas:en": False}
    build, run, suggestion = told["dependencies"]
    assert [line["text"] for line in build["lines"]] == ["sys-test/libfoo:=2"]
    assert [(line["depth"], line["text"], line["applies"]) for line in run["lines"]] == [
        (0, "if baz is on", False),
        (1, "sys-test/libfoo[>=1]", False),
        (0, "one of", True),
        (1, "a/b", True),
        (1, "c/d", True),
        (0, "x/y", True),
    ]
    assert suggestion["lines"][0]["note"] == "foo"
    assert told["tarball"]["sha256"] == entry.pbin.tarball.sha256
    assert told["tarball"]["url"].startswith("http://127.0.0.1:8000/distfiles/pbins/pbins--")
    assert told["pbin"]["fields"]["GENERATED_TIME"] == "1795350657"
    assert told["install"] == "cave resolve -x =sys-test/hello-1.0-r3::pbins"
    assert [change["kind"] for change in told["history"]] == ["added"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"DEPENDENCIES": "( a/b"}, "( a/b"),
        ({"MYOPTIONS": "( foo [["}, "MYOPTIONS:"),
        ({"HOMEPAGE": "( x"}, "HOMEPAGE:"),
    ],
)
def test_what_cannot_be_read_is_shown_as_written(
    client: Client, channel: Channel, fields: dict[str, str], said: str
) -> None:
    make_entry(channel, fields=fields)
    shown = page(client, HELLO)
    assert "can't be read" in shown or "can&#x27;t be read" in shown
    assert said in shown


def test_a_text_that_is_no_pbin_at_all_is_still_shown(client: Client, channel: Channel) -> None:
    entry = make_entry(channel)
    entry.pbin.text = "rm -rf <x>\n"
    entry.pbin.save()
    assert "rm -rf &lt;x&gt;" in page(client, HELLO)


def test_the_pbin_can_be_had_as_it_is(client: Client, channel: Channel) -> None:
    entry = make_entry(channel, fields=RICH)
    response = client.get(f"{HELLO}pbin")
    assert response.content.decode() == entry.pbin.text
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_withheld_version_says_why_and_is_not_offered_for_installing(
    client: Client, channel: Channel
) -> None:
    make_entry(channel, withheld="Its tarball is not here.")
    shown = page(client, HELLO)
    assert "Hosts are not given this version" in shown
    assert "cave resolve" not in shown


def test_a_version_names_the_publication_and_the_run_that_brought_it(
    client: Client, admin_client: Client, channel: Channel
) -> None:
    run = make_run(RunKind.BUILD, repository=channel.repository)
    publication = make_publication(channel, run=run)
    make_change(make_entry(channel), publication=publication)
    assert f"run {run.pk}" in page(client, HELLO)
    assert f'href="/runs/{run.pk}/"' not in page(client, HELLO)
    assert f'href="/runs/{run.pk}/"' in page(admin_client, HELLO)
    assert f'href="/publications/{publication.pk}/"' in page(admin_client, HELLO)


@pytest.mark.parametrize("other", ["1.0-r3.0", "1.0-r03"])
def test_another_way_to_write_the_version_leads_to_its_page(
    client: Client, channel: Channel, other: str
) -> None:
    make_entry(channel)
    response = client.get(HELLO.replace("1.0-r3", other))
    assert (response.status_code, response.headers["Location"]) == (301, HELLO)


def test_a_removed_version_is_gone_with_what_the_ledger_knows(
    client: Client, channel: Channel
) -> None:
    entry = make_entry(channel)
    make_entry(channel, version="1.1")
    make_change(entry)
    make_change(entry, ChangeKind.REMOVED)
    entry.delete()
    shown = page(client, HELLO, 410)
    assert "pbins/master does not have this version any more" in shown
    assert "/packages/pbins/master/sys-test/hello/1.1/" in shown
    assert client.get(f"{HELLO}pbin").status_code == 410
    gone = client.get(f"{HELLO}json")
    assert gone.status_code == 410
    assert [change["kind"] for change in gone.json()["history"]] == ["removed", "added"]


@pytest.mark.parametrize(
    "path",
    [
        "/packages/pbins/master/sys-test/hello/9/",
        "/packages/pbins/master/sys-test/hello/nonsense/",
        "/packages/pbins/other/sys-test/hello/1.0-r3/",
        "/packages/other/master/sys-test/hello/1.0-r3/",
        "/packages/pbins/master/sys-test/other/1.0-r3/",
        "/packages/pbins/master/sys-test/hello/" + "1" * 500 + "/",
    ],
)
@pytest.mark.parametrize("sibling", ["", "json", "pbin"])
def test_what_never_was_is_not_found(
    client: Client, channel: Channel, path: str, sibling: str
) -> None:
    make_entry(channel)
    assert client.get(f"{path}{sibling}").status_code == 404


def test_the_queries_of_a_version_do_not_grow(
    client: Client, channel: Channel, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        make_entry(channel, f"a/p{number}x")
        make_change(make_entry(channel, version=f"1.{number}"))
    needs = " ".join(f"a/p{number}x" for number in range(40))
    entry = make_entry(channel, fields={"DEPENDENCIES": needs})
    for _ in range(20):
        make_change(entry, ChangeKind.REPLACED)
    with django_assert_max_num_queries(20):
        client.get(HELLO)
    with django_assert_max_num_queries(15):
        client.get(f"{HELLO}json")


# --- who may look ------------------------------------------------------------------------------

PUBLIC = ("/packages/", "/packages/sys-test/hello/", HELLO, "/feeds/")


@pytest.mark.parametrize("path", PUBLIC)
def test_a_public_catalogue_needs_no_login(client: Client, channel: Channel, path: str) -> None:
    make_entry(channel)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("path", PUBLIC)
def test_a_private_catalogue_asks_for_a_login(
    client: Client, admin_client: Client, channel: Channel, settings: Settings, path: str
) -> None:
    settings.PBINS_PUBLIC_CATALOGUE = settings.PBINS_PUBLIC_FEEDS = False
    make_entry(channel)
    response = client.get(path)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/login/?next=/")
    assert admin_client.get(path).status_code == 200


def test_private_json_is_refused_without_a_login(
    client: Client, admin_client: Client, channel: Channel, settings: Settings
) -> None:
    settings.PBINS_PUBLIC_CATALOGUE = False
    make_entry(channel)
    refused: Any = client.get(f"{HELLO}json")
    assert (refused.status_code, "error" in refused.json()) == (401, True)
    assert admin_client.get(f"{HELLO}json").status_code == 200


@pytest.mark.parametrize("path", PUBLIC)
def test_nothing_can_be_sent_to_the_catalogue(client: Client, path: str) -> None:
    assert client.post(path).status_code == 405


@pytest.mark.parametrize(
    ("path", "feed"),
    [
        ("/packages/", "/feeds/all.atom"),
        ("/packages/sys-test/hello/", "/feeds/packages/sys-test/hello.atom"),
        (HELLO, "/feeds/repositories/pbins.rss"),
        ("/distfiles/pbins/", "/feeds/repositories/pbins.json"),
    ],
)
def test_feed_readers_find_the_feed_of_a_page(
    client: Client, channel: Channel, path: str, feed: str
) -> None:
    make_entry(channel)
    head = page(client, path).partition("</head>")[0]
    assert f'href="{feed}"' in head


def test_the_files_of_a_version_are_shown_as_a_tree(client: Client, channel: Channel) -> None:
    entry = make_entry(channel)
    assert entry.pbin.tarball is not None
    deep = "/".join(["d"] * 900)
    files = [
        TarballFile("usr/bin/hello", 5, FileType.FILE, 0o755, "", Linkage("", ("libc.so.6",))),
        TarballFile("usr/lib", 0, FileType.SYMLINK, 0o777, "lib64"),
        TarballFile(f"{deep}/<deep>", 1, FileType.FILE, 0o644, ""),
    ]
    keep_listings({entry.pbin.tarball: files})
    shown = page(client, HELLO)
    assert all(
        words in shown for words in ("usr/", "hello", "rwxr-xr-x", "lib → lib64", "libc.so.6")
    )
    assert "&lt;deep&gt;" in shown


@pytest.mark.parametrize("who", ["viewer", "operator"])
def test_an_operator_allows_what_is_no_secret(
    who: str, channel: Channel, request: pytest.FixtureRequest, log_in: Callable[[User], Client]
) -> None:
    entry = make_entry(channel)
    tarball = entry.pbin.tarball
    assert tarball is not None
    tarball.suspects = ["A_TOKEN=ab… (16 characters)"]
    tarball.save()
    entry.withheld = suspicion(tarball)
    entry.save()
    browser = log_in(request.getfixturevalue(who))
    shown = page(browser, HELLO)
    assert "A_TOKEN=ab…" in shown
    assert (f"{HELLO}allow" in shown) is (who == "operator")
    if who == "operator":
        said = browser.post(f"{HELLO}allow", follow=True).content.decode()
        assert "is not here any more" in said
