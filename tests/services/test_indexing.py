"""The rows that the catalogue is searched by follow channels, tarballs and hosts."""

from functools import partial

import pytest

from pbins.models import (
    Channel,
    Dependency,
    Facet,
    FileName,
    Host,
    IndexedEntry,
    Package,
    Pbin,
    Recipe,
    Repository,
    Soname,
    Spread,
    Subscription,
)
from pbins.services.arrivals import Arrival
from pbins.services.channels import remove_channel
from pbins.services.file_index import index_files
from pbins.services.installing import note_installed_on, remove_hosts
from pbins.services.listings import keep_listings
from pbins.services.publishing import publish
from pbins.services.recipes import march_of
from pbins.services.reindexing import reindex
from pbins.services.withdrawing import quarantine, remove_versions
from pbins.storage.elf import Linkage
from pbins.storage.tarball import FileType, TarballFile
from tests.factories import make_channel, make_entry, make_host
from tests.releases import begin
from tests.stock import publish_version

HELLO = "sys-test/hello"


@pytest.fixture
def master(repository: Repository) -> Channel:
    return repository.channels.get()


def hello() -> tuple[str, int]:
    package = Package.objects.get(name=HELLO)
    return package.newest, package.versions


def served() -> dict[str, str]:
    spreads = Spread.objects.select_related("channel").exclude(served="")
    return {spread.channel.name: spread.served for spread in spreads}


def test_publications_are_followed(master: Channel) -> None:
    old = publish_version(master, version="1.9")
    assert (hello(), served()) == (("1.9", 1), {"master": "1.9"})
    new = publish_version(master, version="1.10")
    assert (hello(), served()) == (("1.10", 2), {"master": "1.10"})
    quarantine(pbins=[new], reason="Cut short.", asked_by=None)
    assert (hello(), served()) == (("1.10", 2), {"master": "1.9"})
    assert IndexedEntry.objects.get(entry__pbin=new).is_withheld
    remove_versions(channel=master, pbins=[old], reason="Too old.", asked_by=None)
    assert (hello(), served()) == (("1.10", 1), {})


def test_a_package_that_is_gone_stays_known_and_is_found_no_more(master: Channel) -> None:
    pbin = publish_version(master)
    remove_versions(channel=master, pbins=[pbin], reason="Nobody wants it.", asked_by=None)
    assert hello() == ("1.0", 0)
    assert not Package.objects.present().exists()


def test_channels_come_and_go(master: Channel) -> None:
    publish_version(master, version="1")
    stable = begin("stable", master)
    publish_version(master, version="2")
    assert served() == {"master": "2", "stable": "1"}
    remove_channel(channel=stable)
    assert served() == {"master": "2"}
    assert {indexed.channel.name for indexed in IndexedEntry.objects.all()} == {"master"}


@pytest.mark.django_db
def test_versions_that_are_made_alike_share_a_recipe() -> None:
    channel = make_channel()
    alike = {"DEPENDENCIES": "build: ( dev-libs/libfoo[>=1] )", "CFLAGS": "-O2 -march=native"}
    entries = [make_entry(channel, version=version, fields=alike) for version in ("1", "2")]
    other = make_entry(channel, version="3", fields={**alike, "CFLAGS": "-march=core2"})
    recipes = {IndexedEntry.objects.get(entry=entry).recipe_id for entry in entries}
    assert len(recipes) == 1
    assert {recipe.march for recipe in Recipe.objects.all()} == {"native", "core2"}
    assert IndexedEntry.objects.get(entry=other).recipe_id not in recipes


@pytest.mark.django_db
def test_dependencies_say_when_they_hold() -> None:
    fields = {
        "MYOPTIONS": "( ssl gtk )",
        "OPTIONS": "ssl -gtk",
        "DEPENDENCIES": "build+run: ( a/always ssl? ( a/ssl ) gtk? ( a/gtk ) || ( a/one a/two ) )"
        " run: ( !a/blocked !!a/blocked[<2] ssl? ( !gtk? ( a/both[>=1][ssl] ) ) )",
    }
    make_entry(make_channel(), fields=fields)
    found = Dependency.objects.order_by("position")
    assert [(row.target, row.is_conditional, row.applies, row.choice) for row in found] == [
        ("a/always", False, True, 0),
        ("a/ssl", True, True, 0),
        ("a/gtk", True, False, 0),
        ("a/one", False, True, 1),
        ("a/two", False, True, 1),
        ("a/blocked", False, True, 0),
        ("a/blocked", False, True, 0),
        ("a/both", True, True, 0),
    ]
    assert {row.target for row in found.needed()} == {
        row.target for row in found if row.target != "a/blocked"
    }
    assert {row.labels for row in found} == {"build+run", "run"}


@pytest.mark.django_db
def test_what_can_not_be_read_is_found_by_its_name_all_the_same() -> None:
    broken = {"DEPENDENCIES": "build: ( no spec )", "MYOPTIONS": "( ( ", "LICENCES": "( ( "}
    make_entry(make_channel(), fields=broken)
    assert hello() == ("1.0-r3", 1)
    assert {facet.term.kind for facet in Facet.objects.all()} == {"platform", "slot", "source"}


@pytest.mark.parametrize(
    ("cflags", "march"),
    [
        ("-march=native -O2", "native"),
        ("-march=core2 -pipe -march=x86-64-v3", "x86-64-v3"),
        ("-O2 -mtune=native", ""),
        ("", ""),
    ],
)
def test_the_last_march_counts(cflags: str, march: str) -> None:
    assert march_of(cflags) == march


@pytest.mark.django_db
def test_files_of_all_versions_are_known_once() -> None:
    channel = make_channel()
    library = Linkage("libhello.so.1", ("libc.so.6",), 64)
    file = partial(TarballFile, size=1, mode=0o755, link="")
    files = [
        file("usr/bin", type=FileType.DIRECTORY),
        file("usr/bin/hello", type=FileType.FILE),
        file("usr/lib/libhello.so.1", type=FileType.FILE, linkage=library),
        file("usr/lib/libhello.so", type=FileType.SYMLINK),
    ]
    for version in ("1", "2"):
        tarball = make_entry(channel, version=version).pbin.tarball
        assert tarball is not None
        index_files({tarball: files})
        index_files({tarball: files})
    paths = {f"{row.directory}/{row.name}" for row in FileName.objects.all()}
    assert paths == {"/usr/bin/hello", "/usr/lib/libhello.so.1", "/usr/lib/libhello.so"}
    assert FileName.objects.count() == 3
    sonames = Soname.objects.order_by("name").values_list("name", "is_provided", "bits")
    assert set(sonames) == {("libc.so.6", False, 64), ("libhello.so.1", True, 64)}
    assert len(sonames) == 4


def installs(pbin: Pbin, *paths: str) -> Pbin:
    """Its tarball, it turns out, installs these."""
    assert pbin.tarball is not None
    keep_listings({pbin.tarball: [TarballFile(p, 1, FileType.FILE, 0o644, "") for p in paths]})
    return pbin


def found() -> set[str]:
    """The names of all files that packages are found by."""
    return set(FileName.objects.values_list("name", flat=True))


def test_files_are_found_while_any_channel_holds_a_version_that_installs_them(
    master: Channel,
) -> None:
    old = installs(publish_version(master, version="1"), "usr/bin/hello", "usr/lib/hello.so.1")
    stable = begin("stable", master)
    new = installs(publish_version(master, version="2"), "usr/bin/hello", "usr/lib/hello.so.2")
    remove_versions(channel=master, pbins=[old], reason="Too old.", asked_by=None)
    assert found() == {"hello", "hello.so.1", "hello.so.2"}
    remove_channel(channel=stable)
    assert found() == {"hello", "hello.so.2"}
    remove_versions(channel=master, pbins=[new], reason="Too new.", asked_by=None)
    assert found() == set()
    publish(channel=master, arrivals=[Arrival(old, "")], message="Give it back")
    assert found() == {"hello", "hello.so.1"}


def test_a_build_that_came_in_the_place_of_another_is_found_by_its_own_files(
    master: Channel,
) -> None:
    installs(publish_version(master), "usr/bin/hello", "usr/share/hello/old")
    installs(publish_version(master, build=2), "usr/bin/hello", "usr/share/hello/new")
    publish_version(master, "sys-test/other")
    assert found() == {"hello", "new"}


def test_to_index_anew_is_to_forget_what_no_channel_holds(master: Channel) -> None:
    old = installs(publish_version(master, version="1"), "usr/bin/hello", "usr/share/old")
    installs(publish_version(master, version="2"), "usr/bin/hello")
    remove_versions(channel=master, pbins=[old], reason="Too old.", asked_by=None)
    assert reindex(tell=lambda _: None).listings == 1
    assert found() == {"hello"}


@pytest.mark.django_db
def test_hosts_that_go_are_counted_no_more() -> None:
    channel = make_channel()
    for number, version in enumerate(("1", "1.5", "2")):
        make_entry(channel, version=version)
        follower = Subscription.objects.create(
            host=make_host(f"web{number}"), channel=channel, installed=[[HELLO, version]]
        )
        note_installed_on(follower)
    spread = Spread.objects.get()
    assert (spread.oldest, spread.hosts, spread.is_outdated) == ("1", 3, True)
    remove_hosts(Host.objects.filter(name="web0"))
    spread.refresh_from_db()
    assert (spread.oldest, spread.hosts, spread.is_outdated) == ("1.5", 2, True)
    remove_hosts(Host.objects.filter(name="web1"))
    spread.refresh_from_db()
    assert (spread.oldest, spread.hosts, spread.is_outdated) == ("2", 1, False)
