"""``manage.py set``."""

from pathlib import Path

import pytest

from pbins.models import PackageSet
from tests.factories import make_channel, make_entry
from tests.management.conftest import Shell


def test_a_set_is_stored_as_it_was_typed(manage: Shell) -> None:
    ended = manage("set", "add", "core", "cat/one", "cat/two:3", "--description", "The base")
    assert (ended.exit, ended.out) == (0, "core is added, 2 specs\n")
    assert PackageSet.objects.get().spec_list == ["cat/one", "cat/two:3"]
    assert manage("set", "list", "--json").json == [
        {"name": "core", "description": "The base", "specs": ["cat/one", "cat/two:3"]}
    ]


@pytest.mark.parametrize(
    ("argv", "reason"),
    [
        (("core",), "SPEC"),
        (("core", "nonsense"), "nonsense"),
        (("no spaces", "cat/one"), "no spaces"),
        (("taken", "cat/one"), "exists"),
    ],
)
def test_bad_input_is_refused_with_the_reason(
    manage: Shell, argv: tuple[str, ...], reason: str
) -> None:
    PackageSet.objects.create(name="taken", specs="cat/one")
    ended = manage("set", "add", *argv)
    assert (ended.exit, ended.out) == (2, "")
    assert reason in ended.err
    assert PackageSet.objects.count() == 1


def test_without_sets_the_list_says_so(manage: Shell) -> None:
    assert manage("set", "list").out == "There are no package sets yet.\n"
    assert manage("set", "list", "--json").json == []


def test_a_set_is_changed_line_by_line_and_keeps_its_comments(manage: Shell) -> None:
    PackageSet.objects.create(name="web", specs="# what it needs\ncat/one\ncat/two  # but why")
    assert manage("set", "edit", "web", "--add", "cat/three", "--remove", "cat/one").exit == 0
    shown = manage("set", "show", "web").out
    assert shown == "# what it needs\ncat/two  # but why\ncat/three\n"


def test_a_set_is_taken_from_a_file_whole(manage: Shell, tmp_path: Path) -> None:
    PackageSet.objects.create(name="web", specs="cat/one")
    text = tmp_path / "web.set"
    text.write_text("cat/two\n# and\ncat/three\n")
    assert manage("set", "edit", "web", "--file", str(text)).exit == 0
    assert PackageSet.objects.get().spec_list == ["cat/two", "cat/three"]
    refused = manage("set", "edit", "web", "--file", str(tmp_path / "none"))
    assert (refused.exit, "can't be read" in refused.err) == (2, True)


def test_what_a_set_does_not_hold_is_not_removed_in_silence(manage: Shell) -> None:
    PackageSet.objects.create(name="web", specs="cat/one")
    ended = manage("set", "edit", "web", "--remove", "cat/two")
    assert (ended.exit, ended.err) == (2, "web does not hold cat/two.\n")


def test_lines_that_look_wrong_are_told_with_what_is_meant(manage: Shell) -> None:
    make_entry(make_channel(), "sys-test/hello")
    PackageSet.objects.create(name="web", specs="sys-test/helo\nsys-test/hello")
    ended = manage("set", "check", "web")
    assert ended.exit == 1
    assert ended.out == (
        "line 1: sys-test/helo: no repository here knows this package;"
        " did you mean sys-test/hello?\n"
    )
    manage("set", "edit", "web", "--remove", "sys-test/helo")
    assert manage("set", "check", "web").out == "Every package is known.\n"


@pytest.mark.parametrize(
    ("name", "specs", "words"),
    [
        ("world", "cat/one", "means something else to Paludis"),
        ("empty", "# nothing yet", "is empty"),
        ("web", "cat/one", "No host follows pbins yet"),
    ],
)
def test_what_cannot_be_deployed_is_refused(
    manage: Shell, name: str, specs: str, words: str
) -> None:
    make_channel()
    PackageSet.objects.create(name=name, specs=specs)
    ended = manage("set", "deploy", name, "pbins")
    assert ended.exit == 2
    assert words in ended.err
