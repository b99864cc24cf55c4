"""What a package needs, when, and for what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbins.paludis.dependencies import Condition, Need, parse_dependencies
from pbins.paludis.errors import ParseError
from pbins.paludis.names import OptionName
from pbins.paludis.pbin import parse_pbin
from tests.paludis.repositories import all_pbins, recorded_repository

TEXT = """
( a/first
  build: b/tool doc? ( b/doctool[>=1] !minimal? ( b/extra ) )
  build+run: c/lib:=2 || ( d/one d/two ( d/three d/four ) ) || ( e/one e/two )
  run: f/data !!g/old [[ description = [ collides ] resolution = [ uninstall-blocked-before ] ]]
       linguas:de? ( f/words !g/words )
  test: h/check
  suggestion: i/nice [[ *description = [ For comfort ] ]]
) [[ defined-in = [ x-1.exheres-0 ] ]]
"""


def specs(needs: tuple[Need, ...]) -> list[str]:
    return [str(need.spec) for need in needs]


def test_needs_stand_in_the_order_of_the_text_with_all_that_holds_for_them() -> None:
    needs = {str(need.spec): need for need in parse_dependencies(TEXT).needs}
    assert list(needs)[:3] == ["a/first", "b/tool", "b/doctool[>=1]"]
    assert needs["a/first"].labels == {"build", "run"}
    assert needs["b/extra"].labels == {"build"}
    assert needs["b/extra"].conditions == (
        Condition(OptionName("doc")),
        Condition(OptionName("minimal"), negated=True),
    )
    assert list(map(str, needs["b/extra"].conditions)) == ["doc?", "!minimal?"]
    assert (needs["g/old"].blocker, needs["g/words"].blocker, needs["f/data"].blocker) == (
        *("!!", "!", ""),
    )


def test_alternatives_carry_the_number_of_their_group() -> None:
    choices = {str(need.spec): need.choice for need in parse_dependencies(TEXT).needs}
    assert [choices[f"d/{number}"] for number in ("one", "two", "three", "four")] == [1] * 4
    assert [choices["e/one"], choices["e/two"], choices["c/lib:=2"]] == [2, 2, 0]


def test_what_is_needed_whatever_the_options_are() -> None:
    tree = parse_dependencies(TEXT)
    alternatives = ["d/one", "d/two", "d/three", "d/four", "e/one", "e/two"]
    assert specs(tree.to_build()) == ["a/first", "b/tool", "c/lib:=2", *alternatives]
    assert specs(tree.to_run()) == ["a/first", "c/lib:=2", *alternatives, "f/data"]
    assert specs(tree.needed({"test"})) == ["h/check"]
    assert specs(tree.needed({"suggestion", "recommendation"})) == ["i/nice"]


@pytest.mark.parametrize(
    ("options", "extra"),
    [
        ([], []),
        (["doc"], ["b/doctool[>=1]", "b/extra"]),
        (["doc", "minimal"], ["b/doctool[>=1]"]),
        (["minimal"], []),
    ],
)
def test_what_is_needed_to_build_with_options(options: list[str], extra: list[str]) -> None:
    tree = parse_dependencies(TEXT)
    always = specs(tree.to_build())
    assert [spec for spec in specs(tree.to_build(options)) if spec not in always] == extra


def test_what_is_needed_to_run_with_options() -> None:
    tree = parse_dependencies(TEXT)
    assert "f/words" in specs(tree.to_run({"linguas:de"}))
    assert "f/words" not in specs(tree.to_run({"linguas:en"}))


def test_all_packages_are_named_but_for_the_blocked_ones() -> None:
    packages = parse_dependencies(TEXT + "*/anything k/*").packages
    assert {"b/doctool", "d/four", "h/check", "i/nice"} <= packages
    assert packages.isdisjoint({"g/old", "g/words"})
    assert not any("*" in name for name in packages)


def test_a_tree_renders_as_it_was_read() -> None:
    assert str(parse_dependencies(TEXT)) == " ".join(TEXT.split())


@pytest.mark.parametrize(
    "text",
    [
        *("libfoo", "a/b-1", "!!!a/b", "!", "a/b |c", "? ( a/b )", "!? ( a/b )", "!!doc? ( a/b )"),
        *("a b? ( a/b )", "../x? ( a/b )", "doc? ( a/b", "a/b[", "-x/y", "http://x -> y"),
    ],
)
def test_what_names_no_package_is_refused(text: str) -> None:
    with pytest.raises(ParseError):
        parse_dependencies(text)


def test_every_real_tree_names_packages_that_it_renders() -> None:
    for text in all_pbins().values():
        raw = parse_pbin(text).dependencies
        tree = parse_dependencies(raw)
        assert str(tree) == " ".join(raw.split())
        for need in tree.needs:
            assert f"{need.blocker}{need.spec}" in raw


def test_the_recorded_trees_say_what_was_put_into_them() -> None:
    path = "packages/net-www/served/served-10.4.1.pbin-1+exheres-0"
    tree = parse_dependencies(parse_pbin(recorded_repository()[path].decode()).dependencies)
    assert specs(tree.to_build()) == ["dev-util/mker", "dev-libs/libfoo"]
    assert specs(tree.to_run()) == ["dev-libs/libfoo"]
    assert specs(tree.needed({"suggestion"})) == ["app-shells/hush"]


WORDS = "( ) || a/b !c/d[>=1] e? !f? build: run: [[ k = v ]]"


@given(st.lists(st.sampled_from(WORDS.split())))
def test_any_words_are_needs_or_a_parse_error(words: list[str]) -> None:
    try:
        tree = parse_dependencies(" ".join(words))
    except ParseError:
        return
    for options in (None, [], ["e"], ["e", "f"]):
        assert set(tree.needed({"build", "run"}, options)) <= set(tree.needs)
    assert tree.packages <= {"a/b"}
