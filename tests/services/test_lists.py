"""The lists of what deserves a look."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pbins.jobs.lists import look_after_lists
from pbins.models import Channel, Entry, ListedVersion, ListKind, ListState, StepAction, StepState
from pbins.services import list_making
from pbins.services.list_making import make_lists, make_lists_if_due
from pbins.services.listings import keep_listings
from pbins.services.lists import channels_on, overviews, rows_of, shown
from pbins.services.matching import matching_packages
from pbins.services.searching import Search
from pbins.storage.elf import Linkage
from pbins.storage.tarball import FileType, TarballFile
from tests.factories import (
    NOON,
    make_channel,
    make_entry,
    make_publication,
    make_repository,
    make_run,
)
from tests.services.test_satisfying import make_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return make_channel()


def made(kind: ListKind) -> list[str]:
    """What is on a list, each row as text."""
    make_lists()
    rows = shown(rows_of(kind))
    return [" ".join(filter(None, (f"{row.name}-{row.version}", row.details))) for row in rows]


def link(entry: Entry, soname: str = "", *needed: str, bits: int = 64) -> None:
    assert entry.pbin.tarball is not None
    linkage = Linkage(soname, needed, bits)
    file = TarballFile("usr/lib/x.so", 5, FileType.FILE, 0o755, "", linkage)
    keep_listings({entry.pbin.tarball: [file]})


def test_nothing_depends_on_what_only_suggestions_blockers_and_itself_name(
    channel: Channel,
) -> None:
    needs = "dev/needed !dev/blocked suggestion: dev/nice app/self"
    make_entry(channel, "app/self", "1", fields={"DEPENDENCIES": needs})
    for name in ("dev/needed", "dev/blocked", "dev/nice"):
        make_entry(channel, name, "1")
        make_entry(channel, name, "2")
    assert made(ListKind.UNNEEDED) == ["app/self-1", "dev/blocked-2", "dev/nice-2"]


def test_needs_are_listed_by_where_they_could_be_met(channel: Channel) -> None:
    needs = (
        "dev/here dev/there[>=2] dev/source user/x || ( dev/none dev/here ) dev/none:3"
        " doc? ( dev/off )"
    )
    fields = {"DEPENDENCIES": needs, "MYOPTIONS": "( doc )"}
    make_entry(channel, "app/asker", "1", fields=fields)
    make_entry(channel, "app/asker", "2", fields=fields, withheld="Not whole.")
    make_entry(channel, "dev/here")
    make_entry(make_channel(make_repository("other")), "dev/there", "2.5")
    make_source("dev/source", "3.0")
    assert made(ListKind.UNSATISFIED) == ["app/asker-1 dev/none:3"]
    assert sorted(made(ListKind.SOURCE_ONLY)) == [
        "app/asker-1 dev/source: 3.0 is in arbor",
        "app/asker-1 dev/there[>=2]: 2.5 is in other/master",
    ]


def test_options_are_looked_at_where_a_need_asks_for_them(channel: Channel) -> None:
    make_entry(channel, "dev/lib", "1", fields={"MYOPTIONS": "( a b )", "OPTIONS": "a"})
    for name, asked in (("app/good", "[a]"), ("app/bad", "[b]"), ("app/same", "[b?]")):
        fields = {"DEPENDENCIES": f"dev/lib{asked}", "MYOPTIONS": "( b )"}
        make_entry(channel, name, "1", fields=fields)
        make_entry(channel, name, "2", fields={**fields, "OPTIONS": "b"})
    assert sorted(made(ListKind.UNSATISFIED)) == [
        "app/bad-1 dev/lib[b]",
        "app/bad-2 dev/lib[b]",
        "app/same-2 dev/lib[b?]",
    ]


def test_sonames_are_missed_by_name_and_word_size(channel: Channel) -> None:
    link(make_entry(channel, "dev/lib", "1"), "libx.so.1", bits=64)
    link(make_entry(channel, "app/good", "1"), "", "libx.so.1", bits=64)
    link(make_entry(channel, "app/old", "1"), "", "libx.so.1", bits=32)
    link(make_entry(channel, "app/bad", "1"), "", "libz.so.1", "liby.so.1")
    assert made(ListKind.SONAMES) == ["app/bad-1 liby.so.1 libz.so.1", "app/old-1 libx.so.1"]


def test_another_march_is_one_that_few_of_the_channel_have(channel: Channel) -> None:
    for number, march in enumerate(("x86-64-v2", "x86-64-v2", "x86-64-v3", "")):
        flags = f"-march={march} -O2" if march else "-O2"
        make_entry(channel, f"app/p{number}x", "1", fields={"CFLAGS": flags})
    assert made(ListKind.MARCH) == ["app/p2x-1 x86-64-v3, most are x86-64-v2"]


def test_binaries_lag_behind_the_source_they_were_made_from(channel: Channel) -> None:
    make_entry(channel, "app/old", "1.2")
    make_entry(channel, "app/old", "1.1")
    make_entry(channel, "app/new", "1.3")
    make_entry(channel, "app/slot", "1.0", fields={"SLOT": "1"})
    make_entry(channel, "app/foreign", "1.0", fields={"GENERATED_FROM_REPOSITORY": "x11"})
    for name in ("app/old", "app/new", "app/slot", "app/foreign"):
        make_source(name, "1.3")
    make_source("app/new", "1.4", is_masked=True)
    assert made(ListKind.LAGGING) == ["app/old-1.2 arbor has 1.3"]
    found = matching_packages(Search(lagging="1", repository="pbins"))
    assert [package.name for package in found] == ["app/old"]
    assert not matching_packages(Search(lagging="1", repository="other")).exists()


def test_the_slowest_are_told_by_their_latest_build(channel: Channel) -> None:
    run = make_run(repository=channel.repository)
    run.channel = channel
    run.save()
    for number, (name, minutes) in enumerate((("a/a", 9), ("a/a", 3), ("b/b", 5), ("c/c", 60))):
        run.steps.create(
            number=number,
            action=StepAction.CREATE_BINARY,
            name=name,
            version="1",
            state=StepState.FAILED if name == "c/c" else StepState.SUCCEEDED,
            started_at=NOON,
            finished_at=NOON + timedelta(minutes=minutes),
        )
    make_lists()
    rows = shown(rows_of(ListKind.SLOWEST))
    assert [(row.name, row.amount) for row in rows] == [("b/b", 300), ("a/a", 180)]
    assert [row.details for row in rows] == ["", ""], "strangers read it: it names no host"


def test_the_largest_and_the_newest_are_always_as_the_catalogue_is(channel: Channel) -> None:
    make_entry(channel, "a/small", size=10)
    make_entry(channel, "a/large", size=1000, since=NOON - timedelta(days=1))
    assert [row.name for row in shown(rows_of(ListKind.LARGEST))] == ["a/large", "a/small"]
    assert [row.name for row in shown(rows_of(ListKind.NEWEST))] == ["a/small", "a/large"]


def test_a_long_list_keeps_its_first_part_and_says_how_long_it_is(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(list_making, "MOST", 2)
    for name in ("a/a", "a/b", "a/c"):
        make_entry(channel, name)
    make_lists()
    state = next(one for one in overviews() if one.kind is ListKind.UNNEEDED)
    assert (state.count, ListedVersion.objects.filter(kind=ListKind.UNNEEDED).count()) == (3, 2)
    assert channels_on(ListKind.UNNEEDED) == [(channel, 2)]


def test_lists_are_made_again_only_after_a_change_and_never_all_the_time(
    channel: Channel,
) -> None:
    look_after_lists()
    assert ListState.objects.count() == 7
    assert not make_lists_if_due()
    now = timezone.now()
    make_publication(channel, at=now + timedelta(seconds=1))
    ListState.objects.update(made_at=now, seconds=60)
    assert not make_lists_if_due()
    ListState.objects.update(seconds=0)
    assert make_lists_if_due()
