"""The version page and those below it: what it needs, who needs it, its files, where it is from."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pbins.models import ChangeKind, Channel, Entry, RunKind
from pbins.services.listings import keep_listings
from pbins.storage.elf import Linkage
from pbins.storage.tarball import FileType, TarballFile
from tests.factories import (
    NOON,
    make_change,
    make_channel,
    make_entry,
    make_pbin,
    make_publication,
    make_repository,
    make_run,
)

pytestmark = pytest.mark.django_db

HELLO = "/packages/pbins/master/sys-test/hello/1.0-r3/"


@pytest.fixture
def channel() -> Channel:
    return make_channel()


def page(client: Client, path: str, status: int = 200, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == status, path
    return " ".join(response.content.decode().split())


def file(path: str, size: int = 5, **values: object) -> TarballFile:
    given = {"type": FileType.FILE, "mode": 0o644, "link": "", "linkage": Linkage(), **values}
    return TarballFile(path, size, **given)  # type: ignore[arg-type]


def install(entry: Entry, *files: TarballFile) -> None:
    assert entry.pbin.tarball is not None
    keep_listings({entry.pbin.tarball: files})


def test_a_need_is_linked_with_what_meets_it_or_marked(client: Client, channel: Channel) -> None:
    make_entry(channel, "dev/lib", "2.1")
    make_entry(make_channel(make_repository("other")), "dev/far", "3")
    make_entry(channel, fields={"DEPENDENCIES": "dev/lib dev/far dev/missing"})
    shown = page(client, HELLO)
    assert 'href="/packages/pbins/master/dev/lib/2.1/"' in shown
    assert "not in this channel; 3 is in other/master" in shown
    assert "satisfied by nothing that is known here" in shown
    assert "not all in this channel" in shown
    told = client.get(f"{HELLO}json").json()
    assert told["satisfied"] is False
    assert [line["answer"]["met"] for line in told["dependencies"][0]["lines"]] == [
        "here",
        "elsewhere",
        "nowhere",
    ]


def test_what_needs_it_is_told_with_whether_this_version_will_do(
    client: Client, channel: Channel
) -> None:
    make_entry(channel)
    asking = {
        "app/any": "run: sys-test/hello",
        "app/newer": "sys-test/hello[>=2]",
        "app/off": "doc? ( sys-test/hello )",
        "app/not": "!sys-test/hello",
    }
    for name, needs in asking.items():
        make_entry(channel, name, fields={"DEPENDENCIES": needs, "MYOPTIONS": "( doc )"})
    for path in (HELLO, f"{HELLO}needed-by/"):
        shown = page(client, path)
        assert "app/any" in shown
        assert "app/not" not in shown
        assert "not this version" in shown
        assert "not with its options" in shown
    assert "4 versions" not in page(client, f"{HELLO}needed-by/")


def test_more_dependants_than_fit_have_a_page_of_their_own(
    client: Client, channel: Channel
) -> None:
    make_entry(channel)
    for number in range(22):
        make_entry(channel, f"app/p{number}x", fields={"DEPENDENCIES": "sys-test/hello"})
    assert f'href="{HELLO}needed-by/"' in page(client, HELLO)
    assert "22 versions" in page(client, f"{HELLO}needed-by/")


def test_sonames_lead_to_who_provides_them(client: Client, channel: Channel) -> None:
    provides = file("usr/lib/libx.so", linkage=Linkage("libx.so.1", (), 64))
    install(make_entry(channel, "dev/lib", "2"), provides)
    install(make_entry(channel, "dev/lib", "1"), provides)
    needs = file("usr/bin/x", linkage=Linkage("", ("libx.so.1", "liby.so.2"), 64))
    install(make_entry(channel), needs)
    shown = page(client, HELLO)
    assert 'href="/packages/pbins/master/dev/lib/2/"' in shown
    assert 'href="/packages/pbins/master/dev/lib/1/"' not in shown
    assert "provided by nothing in this channel" in shown
    needed = client.get(f"{HELLO}json").json()["sonames"]["needed"]
    assert [one["providers"] for one in needed] == [["dev/lib-2"], []]


def test_of_many_packages_that_provide_a_soname_only_some_are_named(
    client: Client, channel: Channel
) -> None:
    for number in range(7):
        provides = file(f"usr/lib/{number}/libx.so", linkage=Linkage("libx.so.1", (), 64))
        install(make_entry(channel, f"dev/lib{number}"), provides)
    install(make_entry(channel), file("usr/bin/x", linkage=Linkage("", ("libx.so.1",), 64)))
    shown = page(client, HELLO)
    assert shown.count("provided by</span> dev/lib") == 5
    assert "and by 2 more packages" in shown
    (needed,) = client.get(f"{HELLO}json").json()["sonames"]["needed"]
    assert len(needed["providers"]) == 7


def test_many_files_come_directory_by_directory(client: Client, channel: Channel) -> None:
    files = [file(f"usr/share/d{number % 3}/f{number}", number) for number in range(300)]
    install(make_entry(channel), file("etc/<conf>"), *files)
    assert "/f17" not in page(client, HELLO)
    assert f'hx-get="{HELLO}files/"' in page(client, HELLO)
    root = page(client, f"{HELLO}files/")
    assert "301 files" in root
    assert f'hx-get="{HELLO}files/?under=usr"' in root
    piece = page(client, f"{HELLO}files/?under=usr/share/d2/", HX_Request="true")
    assert ">f17<" in piece
    assert ">f18<" not in piece
    assert "<html" not in piece
    assert "&lt;conf&gt;" in page(client, f"{HELLO}files/?under=etc")
    for path in ("nowhere", "usr/share/d2/f17"):
        page(client, f"{HELLO}files/?under={path}", 404)


def test_provenance_goes_back_to_the_first_publication(
    client: Client, channel: Channel, viewer: User, log_in: Callable[[User], Client]
) -> None:
    testing = make_channel(channel.repository, "testing")
    run = make_run(RunKind.BUILD, repository=channel.repository)
    first = make_publication(testing, run=run)
    first.sources, first.is_signed = {"arbor": "f00" * 13}, True
    first.save()
    entry = make_entry(channel, fields={"CXX": "x86_64-pc-linux-gnu-g++", "LDFLAGS": "-Wl,-O1"})
    for where, publication in ((testing, first), (channel, make_publication(channel))):
        change = make_change(entry, publication=publication)
        change.channel = where
        change.save()
    shown = page(client, HELLO)
    for expected in ("f00f00", "First in", "pbins/testing", "x86_64-pc-linux-gnu-g++", "-Wl,-O1"):
        assert expected in shown, expected
    assert "/hosts/" not in shown
    assert f'href="/hosts/{run.host}/"' in page(log_in(viewer), HELLO)
    told = client.get(f"{HELLO}json").json()["provenance"]
    assert (told["run"], told["source_commit"]) == (run.pk, "f00" * 13)


def test_only_web_addresses_become_links(client: Client, channel: Channel) -> None:
    fields = {
        "REMOTE_IDS": "github:example/hello pypi:a<b> javascript:alert(1)",
        "UPSTREAM_CHANGELOG": "https://example.org/changes [[ lang = en ]]",
        "BUGS_TO": "data:text/html,x",
        "DOWNLOADS": "https://example.org/hello.tar.gz -> h.tar.gz",
    }
    make_entry(channel, fields=fields)
    shown = page(client, HELLO)
    for expected in (
        'href="https://github.com/example/hello"',
        'href="https://pypi.org/project/a%3Cb%3E"',
        'href="https://example.org/changes"',
        'href="https://example.org/hello.tar.gz"',
        "<code>javascript:alert(1)</code>",
        "<code>data:text/html,x</code>",
    ):
        assert expected in shown, expected


# --- two of them ---------------------------------------------------------------------------------


def test_two_versions_are_compared_in_fields_and_files(client: Client, channel: Channel) -> None:
    old = make_entry(channel, version="1.0", fields={"OPTIONS": "a", "MYOPTIONS": "( a b )"})
    new = make_entry(channel, version="2.0", fields={"OPTIONS": "b", "MYOPTIONS": "( a b )"})
    provided = [Linkage("libx.so.1", ("libc.so.6",), 64), Linkage("libx.so.2", ("libm.so.6",), 64)]
    install(old, file("same"), file("gone"), file("grown", 5), file("x", linkage=provided[0]))
    install(
        new,
        file("same"),
        file("new"),
        file("grown", 9, mode=0o755),
        file("x", linkage=provided[1]),
    )
    address = f"?before={old.pbin_id}&after={new.pbin_id}"
    shown = page(client, f"/packages/compare/{address}")
    for expected in ("OPTIONS", "1 added, 1 removed, 1 changed", "size mode", "libx.so.2"):
        assert expected in shown, expected
    assert ">same<" not in shown
    told = client.get(f"/packages/compare/json{address}").json()
    assert [(one["path"], one["kind"]) for one in told["files"]["changes"]] == [
        ("gone", "removed"),
        ("grown", "changed"),
        ("new", "added"),
    ]
    assert told["files"]["provides"] == {"gone": ["libx.so.1"], "new": ["libx.so.2"]}
    assert f'value="{old.pbin_id}"' in page(client, "/packages/pbins/master/sys-test/hello/2.0/")


def test_two_builds_of_one_version_can_be_compared(client: Client, channel: Channel) -> None:
    entry = make_entry(channel)
    earlier = make_pbin(channel.repository, fields={"GENERATED_TIME": "1795300000"})
    assert f'value="{earlier.pk}"' in page(client, HELLO)
    shown = page(client, f"/packages/compare/?before={earlier.pk}&after={entry.pbin_id}")
    assert "Nothing that the pbins say is different" in shown
    assert "can't be compared" in shown.replace("&#x27;", "'")


def test_what_is_no_pair_can_not_be_compared(client: Client, channel: Channel) -> None:
    one, other = make_entry(channel), make_entry(channel, "a/b")
    for before, after in (("", ""), ("x", "1"), (one.pbin_id, other.pbin_id), ("9" * 30, "1")):
        for path in ("", "json"):
            address = f"/packages/compare/{path}?before={before}&after={after}"
            assert client.get(address).status_code == 404


# --- what is gone --------------------------------------------------------------------------------


def test_a_version_that_another_channel_has_is_elsewhere_now(
    client: Client, channel: Channel
) -> None:
    entry = make_entry(channel)
    make_change(entry)
    make_change(entry, ChangeKind.REMOVED)
    entry.delete()
    make_entry(make_channel(make_repository("other")), version="1.0-r3.0")
    shown = page(client, HELLO, 410)
    assert "It is elsewhere now" in shown
    assert 'href="/packages/other/master/sys-test/hello/1.0-r3.0/"' in shown
    (elsewhere,) = client.get(f"{HELLO}json").json()["elsewhere"]
    assert elsewhere["url"].endswith("/packages/other/master/sys-test/hello/1.0-r3.0/")


@pytest.mark.parametrize("is_named_anew", [False, True])
def test_what_a_removed_channel_had_is_gone(
    client: Client, channel: Channel, is_named_anew: bool
) -> None:
    testing = make_channel(name="testing")
    entry = make_entry(testing)
    make_change(entry)
    entry.delete()
    testing.removed_at = NOON
    testing.save()
    if is_named_anew:
        make_channel(name="testing")
    make_entry(channel)
    address = HELLO.replace("master", "testing")
    shown = page(client, address, 410)
    assert f'href="{HELLO}"' in shown
    assert ("The channel was removed" in shown) is not is_named_anew
    told = client.get(f"{address}json")
    assert (told.status_code, len(told.json()["elsewhere"])) == (410, 1)
    for path in (address, f"{address}json"):
        assert client.get(path.replace("1.0-r3", "7")).status_code == 404


def test_a_version_that_no_channel_has_any_more_is_gone_without_a_channel_too(
    client: Client, channel: Channel
) -> None:
    entry = make_entry(channel)
    make_change(entry)
    entry.delete()
    shown = page(client, "/packages/sys-test/hello/1.0-r3/", 410)
    assert "does not have this version any more" in shown
    for version in ("7", "x"):
        assert client.get(f"/packages/sys-test/hello/{version}/").status_code == 404
