"""``manage.py catalogue list``, ``search`` and ``reindex``."""

import pytest
from django.apps import apps
from django.db import connection

from pbins.models import Channel, Package, Pbin, Subscription
from pbins.services.installing import note_installed_on
from pbins.services.listings import keep_listings
from pbins.storage.elf import Linkage
from pbins.storage.tarball import FileType, TarballFile
from tests.factories import make_channel, make_entry, make_host
from tests.management.conftest import Shell

pytestmark = pytest.mark.django_db
INDEXES = (
    "Package",
    "IndexedEntry",
    "Term",
    "Facet",
    "Recipe",
    "Dependency",
    "Spread",
    "Installed",
    "Soname",
    "Directory",
    "FileName",
)


@pytest.fixture
def channel(db: None) -> Channel:
    channel = make_channel()
    make_entry(channel, "sys-test/hello", "1.0", fields={"SUMMARY": "Says hello"}, size=5)
    make_entry(
        channel,
        "dev-libs/libfoo",
        "2.0",
        fields={"OPTIONS": "ssl", "MYOPTIONS": "( ssl )", "SUMMARY": "-"},
        withheld="Its tarball is not here.",
    )
    return channel


def test_what_is_listed_is_filtered(manage: Shell, channel: Channel) -> None:
    assert manage("catalogue", "list").out.splitlines() == [
        "dev-libs/libfoo-2.0:0  pbins/master (withheld)  -",
        "sys-test/hello-1.0:0  pbins/master  Says hello",
    ]
    ended = manage("catalogue", "list", "--option", "ssl", "--broken", "--json")
    assert [row["name"] for row in ended.json["packages"]] == ["dev-libs/libfoo"]
    assert "1 more" in manage("catalogue", "list", "--limit", "1").out


def test_words_are_searched_for(manage: Shell, channel: Channel) -> None:
    assert manage("catalogue", "search", "says").out.startswith("sys-test/hello-1.0")
    ended = manage("catalogue", "search", "says", "--channel", "nowhere")
    assert (ended.exit, ended.out) == (0, "Nothing is found.\n")


@pytest.mark.parametrize("wrong", ["--min=lots", "--built=soon", "--order=colour"])
def test_what_is_not_understood_is_refused(manage: Shell, channel: Channel, wrong: str) -> None:
    ended = manage("catalogue", "list", wrong)
    assert (ended.exit, ended.out) == (2, "")
    assert "“" in ended.err


def contents() -> dict[str, list[tuple[object, ...]]]:
    """Every derived row without its key."""
    found = {}
    for name in INDEXES:
        model = apps.get_model("pbins", name)
        rows = model._default_manager.all()
        found[name] = sorted(rows.values_list(*_columns(name)), key=repr)
    return found


def _columns(name: str) -> list[str]:
    """By what rows are about, for keys are new ones."""
    columns = {
        "Package": "name summary description newest newest_key versions size since",
        "IndexedEntry": "entry package__name channel recipe__digest tarball slot source size"
        " built_at since is_withheld",
        "Term": "kind value",
        "Facet": "term__value recipe__digest",
        "Recipe": "digest chost march",
        "Dependency": "recipe__digest position target spec",
        "Spread": "channel package__name slot served oldest hosts is_outdated",
        "Installed": "subscription package__name version version_key slot",
        "Soname": "tarball name is_provided bits",
        "Directory": "path",
        "FileName": "package__name directory__path name",
    }
    return columns[name].split()


def test_everything_derived_is_made_anew_as_it_was(manage: Shell, channel: Channel) -> None:
    entry = make_entry(channel, fields={"DEPENDENCIES": "build: ( dev-libs/libfoo ) !sys-test/old"})
    assert entry.pbin.tarball is not None
    linkage = Linkage("libhello.so.1", ("libc.so.6",), 64)
    file = TarballFile("usr/lib/libhello.so.1", 9, FileType.FILE, 0o755, "", linkage)
    keep_listings({entry.pbin.tarball: [file]})
    follower = Subscription.objects.create(
        host=make_host(), channel=channel, installed=[["sys-test/hello", "1.0"]]
    )
    note_installed_on(follower)
    before = contents()
    assert all(before.values())
    Pbin.objects.update(recipe=None, description="wrong")
    Package.objects.update(summary="wrong", newest="0")
    ended = manage("catalogue", "reindex")
    assert ended.exit == 0
    assert ended.out == "2 packages, 3 entries, 1 lists of files, 1 installed versions\n"
    assert contents() == before


def test_the_full_text_follows_its_table(manage: Shell, channel: Channel) -> None:
    Package.objects.filter(package="hello").update(summary="Greets")
    assert "hello" in manage("catalogue", "search", "greet").out
    assert "sys-test" not in manage("catalogue", "search", "says").out
    Package.objects.filter(package="hello").delete()
    assert "sys-test" not in manage("catalogue", "search", "greet").out
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO pbins_package_text(pbins_package_text) VALUES ('integrity-check')"
            )
