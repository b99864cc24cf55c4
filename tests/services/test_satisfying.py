"""What meets a dependency, and where it is if not here."""

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from pbins.models import Channel, Entry, SourceRepository, SourceVersion
from pbins.paludis.versions import Version
from pbins.services.dependency_lines import Line
from pbins.services.descriptions import describe
from pbins.services.satisfying import answered, unmet
from tests.factories import make_channel, make_entry, make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return make_channel()


def make_source(name: str, version: str, *, slot: str = "0", is_masked: bool = False) -> None:
    source, _ = SourceRepository.objects.get_or_create(
        name="arbor", defaults={"read_at": timezone.now()}
    )
    category, _, package = name.partition("/")
    SourceVersion.objects.create(
        source=source,
        category=category,
        package=package,
        version=version,
        version_key=Version(version).sort_key,
        slot=slot,
        is_masked=is_masked,
    )


def lines_of(entry: Entry) -> tuple[list[Line], list[Line]]:
    """Every line with its answer, and those that are unmet."""
    description = describe(entry.pbin)
    sections = answered(description.dependencies, channel=entry.channel, options=description.chosen)
    return [line for section in sections for line in section.lines], unmet(sections)


def answers(channel: Channel, dependencies: str, **fields: str) -> list[str]:
    """Each line's answer as text: `here 1.2`, `nowhere`, or `-` where there is none."""
    entry = make_entry(channel, "app/asker", fields={"DEPENDENCIES": dependencies, **fields})
    told = []
    for line in lines_of(entry)[0]:
        answer = line.answer
        words = (answer.met, answer.version, answer.place) if answer else ("-",)
        told.append(" ".join(filter(None, words)))
    return told


@pytest.mark.parametrize(
    ("dependencies", "told"),
    [
        ("dev/lib", "here 2.1 pbins/master"),
        ("dev/lib[<2]", "here 1.9 pbins/master"),
        ("dev/lib:1", "here 1.9 pbins/master"),
        ("dev/lib:=1", "here 1.9 pbins/master"),
        ("dev/lib::arbor", "here 2.1 pbins/master"),
        ("=dev/lib-1*", "here 1.9 pbins/master"),
        ("dev/lib[>2.1]", "elsewhere 2.5 other/master"),
        ("dev/lib[>=3]", "source 3.0 arbor"),
        ("dev/lib[>=4]", "nowhere"),
        ("dev/unknown", "nowhere"),
        ("!dev/lib[<2]", "here 1.9 pbins/master"),
        ("!dev/lib[>=4]", "-"),
        ("*/*", "-"),
        ("user/mail", "account"),
        ("group/mail", "account"),
    ],
)
def test_a_need_is_met_by_the_newest_that_is_nearest(
    channel: Channel, dependencies: str, told: str
) -> None:
    make_entry(channel, "dev/lib", "1.9", fields={"SLOT": "1"})
    make_entry(channel, "dev/lib", "2.1")
    make_entry(channel, "dev/lib", "2.2", withheld="Its tarball is not here.")
    make_entry(make_channel(make_repository("other")), "dev/lib", "2.5")
    make_source("dev/lib", "3.0")
    make_source("dev/lib", "4.0", is_masked=True)
    make_source("dev/lib", "scm")
    SourceVersion.objects.filter(version="scm").update(is_scm=True)
    assert answers(channel, dependencies) == [told]


@pytest.mark.parametrize(
    ("requirement", "is_met"),
    [
        ("[ssl]", True),
        ("[-ssl]", False),
        ("[gtk]", False),
        ("[-gtk]", True),
        ("[missing]", False),
        ("[missing(+)]", True),
        ("[-missing]", True),
        ("[gtk?]", False),
        ("[ssl?]", True),
        ("[off?]", True),
        ("[gtk=]", False),
        ("[off=]", True),
        ("[-gtk?]", True),
        ("[-ssl?]", False),
        ("[abis:*(-)?]", True),
        ("[hosts:*(-)?]", False),
    ],
)
def test_options_count_as_cave_counts_them(
    channel: Channel, requirement: str, *, is_met: bool
) -> None:
    theirs = {"MYOPTIONS": "( ssl gtk abis: ( a b ) hosts: ( x y ) )", "OPTIONS": "ssl abis:a"}
    make_entry(channel, "dev/lib", "2.1", fields=theirs)
    mine = "( ssl gtk off abis: ( a b ) hosts: ( x ) )"
    told = answers(
        channel, f"dev/lib{requirement}", MYOPTIONS=mine, OPTIONS="ssl gtk abis:a hosts:x"
    )
    assert told == ["here 2.1 pbins/master" if is_met else "nowhere"]


def test_of_a_choice_one_is_enough_and_what_does_not_apply_is_not_asked(channel: Channel) -> None:
    make_entry(channel, "dev/two")
    entry = make_entry(
        channel,
        "app/asker",
        fields={
            "MYOPTIONS": "( doc )",
            "DEPENDENCIES": "|| ( dev/one dev/two ) || ( dev/three dev/four ) doc? ( dev/doc )"
            " dev/missing suggestion: dev/nice",
        },
    )
    lines, missing = lines_of(entry)
    told = {line.text: line.answer.met if line.answer else None for line in lines[1:]}
    assert lines[0].answer is not None
    assert lines[0].answer.version == "1.0-r3"
    assert (told["dev/doc"], told["if doc is on"]) == (None, None)
    assert [line.text for line in missing] == ["one of", "dev/missing"]


def test_the_queries_do_not_grow(
    channel: Channel, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        make_entry(channel, f"dev/p{number}x", fields={"MYOPTIONS": "( a )", "OPTIONS": "a"})
    wanted = " ".join(f"dev/p{number}x[a] dev/q{number}x" for number in range(40))
    entry = make_entry(channel, "app/asker", fields={"DEPENDENCIES": wanted})
    with django_assert_max_num_queries(5):
        lines, missing = lines_of(entry)
    assert (len(lines), len(missing)) == (80, 50)
