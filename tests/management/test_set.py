"""``manage.py set``."""

import pytest

from pbins.models import PackageSet
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
