"""What cave asks about options, and what it shows of them."""

import pytest

from pbins.paludis.questions import read_question, read_shown_options

EXACTLY = "Exactly one of options ( engines:steam, engines:-diesel ) must be met"
DISABLING = "Disabling option 'gtk' requires option 'nosuchgroup:a' to be disabled"
ENABLING = "Enabling option 'gui' requires option 'gtk' to be enabled"


def test_every_option_that_is_named_can_be_chosen_once() -> None:
    question = read_question(
        [
            "Can't work out the state of option 'nosuchgroup:a'",
            "Can't work out the state of option 'nosuchgroup:b'",
            EXACTLY,
            ENABLING,
            f"{DISABLING}, but no such option exists",
        ]
    )
    names = ("nosuchgroup:a", "nosuchgroup:b", "engines:steam", "engines:diesel", "gui", "gtk")
    assert question.options == names


@pytest.mark.parametrize(
    ("requirement", "good", "bad"),
    [
        (EXACTLY, [{"engines:steam", "engines:diesel"}, set()], [{"engines:steam"}]),
        ("At least one of options ( a, b ) must be met", [{"a"}, {"a", "b"}], [set()]),
        ("At most one of options ( a, b ) must be met", [{"a"}, set()], [{"a", "b"}]),
        (ENABLING, [{"gui", "gtk"}, {"gtk"}, set()], [{"gui"}]),
        ("Disabling option 'a' requires option 'b' to be disabled", [{"a", "b"}, set()], [{"b"}]),
        ("Can't work out the state of option 'a'", [set(), {"a"}], []),
    ],
)
def test_a_choice_has_to_meet_what_cave_demands(
    requirement: str, good: list[set[str]], bad: list[set[str]]
) -> None:
    question = read_question([requirement])
    assert [question.unmet(on) for on in good] == [()] * len(good)
    assert [question.unmet(on) for on in bad] == [(requirement,)] * len(bad)


def test_what_is_not_chosen_is_off() -> None:
    question = read_question([EXACTLY])
    assert question.decided({"engines:steam"}) == "engines:steam -engines:diesel"


@pytest.mark.parametrize("requirement", ["Something new", "Can't work out the state of option '$'"])
def test_what_nobody_can_read_asks_for_nothing(requirement: str) -> None:
    assert read_question([requirement]).options == ()


def test_options_are_read_as_cave_shows_them() -> None:
    shown = "bar (-baz) debug* LINGUAS: -de en+ PROVIDERS: a build_options: jobs=2 -trace"
    assert read_shown_options(shown) == {
        "bar": True,
        "baz": False,
        "debug": True,
        "linguas:de": False,
        "linguas:en": True,
        "providers:a": True,
    }
