"""Trees of words, labels, groups and annotations."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbins.paludis.errors import ParseError
from pbins.paludis.pbin import parse_pbin
from pbins.paludis.tree import (
    MAX_DEPTH,
    Annotation,
    Group,
    Label,
    Node,
    Tree,
    Word,
    annotation_of,
    parse_tree,
    render_tree,
    scoped_words,
)
from tests.paludis.repositories import all_pbins


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("", ()),
        ("  \n\t ", ()),
        ("a", (Word("a"),)),
        ("( )", (Group("", ()),)),
        ("( a b )", (Group("", (Word("a"), Word("b"))),)),
        ("build+run: a", (Label("build+run"), Word("a"))),
        ("doc? ( a )", (Group("doc?", (Word("a"),)),)),
        ("!linguas:de? ( a )", (Group("!linguas:de?", (Word("a"),)),)),
        ("|| ( a ( b c ) )", (Group("||", (Word("a"), Group("", (Word("b"), Word("c"))))),)),
        ("a [[ k = [ v w ] ]]", (Word("a", (Annotation("k", "v w"),)),)),
        ("a [[ k = v ]]", (Word("a", (Annotation("k", "v", bracketed=False),)),)),
        ("a [[ k = [ ] ]]", (Word("a", (Annotation("k", ""),)),)),
        ("a [[ ]]", (Word("a", ()),)),
        ("a: [[ k = [ v ] ]] b", (Label("a", (Annotation("k", "v"),)), Word("b"))),
        (
            "( a ) [[ *k = [ v ] l = [ [x] (y) || z? ] ]]",
            (Group("", (Word("a"),), (Annotation("*k", "v"), Annotation("l", "[x] (y) || z?"))),),
        ),
        ("a\u00a0b\u2003c", (Word("a\u00a0b\u2003c"),)),
    ],
)
def test_a_tree_is_read(text: str, tree: Tree) -> None:
    assert parse_tree(text) == tree


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("(", "not closed"),
        ("( ( a )", "not closed"),
        (")", "closes nothing"),
        ("( a ) )", "closes nothing"),
        ("(a )", "can't stand here"),
        ("( a )b", "can't stand here"),
        ("||( a )", "can't stand here"),
        ("|| a", r"a \( is missing"),
        ("||", r"a \( is missing"),
        ("doc? a", r"a \( is missing"),
        ("doc?", r"a \( is missing"),
        ("[[ k = [ v ] ]]", "can't stand here"),
        ("a [[ ]] [[ ]]", "can't stand here"),
        ("a ]]", "can't stand here"),
        ("a [[", r"a \]\] is missing"),
        ("a [[ k", "a = is missing"),
        ("a [[ k [ v ] ]]", "a = is missing"),
        ("a [[ = [ v ] ]]", r"a \]\] is missing"),
        ("a [[ k =", "has no value"),
        ("a [[ k = ]]", "has no value"),
        ("a [[ k = [ v", r"a \] is missing"),
        ("a [[ k = [ v ]", r"a \]\] is missing"),
        ("a [[ k = [ v ]]", r"a \] is missing"),
        ("a [[ k = [ v ]] ] ]]", r"a \] in the annotation 'k' must stand alone"),
        ("a [[ k = [ ]v ] ]]", "must stand alone"),
        ("a [[ k = [v ]]", "has no value"),
        ("a [[ ]]k = [ v ] ]]", r"a \]\] is missing"),
        ("a [[ k = [ v [ w ] x ] ]]", "a = is missing"),
    ],
)
def test_what_is_no_tree_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ParseError, match=reason):
        parse_tree(text)


def test_depth_has_a_limit_that_real_trees_never_come_near() -> None:
    deepest = "( " * MAX_DEPTH + ") " * MAX_DEPTH
    assert render_tree(parse_tree(deepest)) == deepest.strip()
    assert parse_tree(deepest) == parse_tree(deepest)
    assert repr(parse_tree(deepest))
    with pytest.raises(ParseError, match="deep"):
        parse_tree(f"( {deepest} )")


@pytest.mark.parametrize(
    "text",
    [
        *("( " * 100_000, ") " * 100_000, "[[ " * 333_333, "[[" * 500_000, "|| ( " * 200_000),
        *("a [[ k = [ " * 90_000, "a [[ " + "k = [ v ] " * 99_000, "a? ( " * 200_000),
        *("(" * 1_000_000, "a" * 10_000_000, "a " * 5_000_000, " " * 1_000_000),
        "a [[ k = [ " + "] " * 400_000,
    ],
    ids=lambda text: f"{text[:12]!r} {len(text)}",
)
def test_hostile_text_is_refused_or_read_as_it_is_written(text: str) -> None:
    with suppress(ParseError):
        assert render_tree(parse_tree(text)) == " ".join(text.split())


def test_a_label_holds_to_the_end_of_its_group() -> None:
    tree = parse_tree("a build: b ( c run: d ) e doc? ( f ) test: g")
    labels = [(word.text, scope.label) for word, scope in scoped_words(tree)]
    assert labels == [
        *(("a", None), ("b", "build"), ("c", "build"), ("d", "run")),
        *(("e", "build"), ("f", "build"), ("g", "test")),
    ]


def test_a_scope_knows_the_groups_from_the_outermost() -> None:
    tree = parse_tree("a? ( || ( b ) ) c")
    groups = {w.text: [group.opener for group in scope.groups] for w, scope in scoped_words(tree)}
    assert groups == {"b": ["a?", "||"], "c": []}


def test_the_innermost_annotation_counts_and_a_default_is_one() -> None:
    tree = parse_tree("( ( a ) [[ k = [ inner ] ]] b ) [[ *k = [ outer ] ]]")
    found = {word.text: scope.annotation("k") for word, scope in scoped_words(tree)}
    assert found == {"a": "inner", "b": "outer"}
    assert annotation_of(tree[0], "other") == ""


def test_every_real_tree_renders_back_but_for_white_space() -> None:
    for text in all_pbins().values():
        pbin = parse_pbin(text)
        for key in ("DEPENDENCIES", "MYOPTIONS", "LICENCES", "DOWNLOADS", "HOMEPAGE"):
            value = pbin.get(key)
            assert render_tree(parse_tree(value)) == " ".join(value.split())


PLAIN = st.sampled_from(["a/b", "c/d[>=1]", "!e/f", "x:2", "doc", "->", "k=v", "ünï"])
VALUES = st.lists(
    st.sampled_from(["some", "words", "[x]", "(y)", "||", "a:", "=", "["]), max_size=3
)
ANNOTATIONS = st.none() | st.lists(
    st.one_of(
        st.builds(Annotation, st.sampled_from(["k", "*l"]), VALUES.map(" ".join)),
        st.builds(Annotation, st.just("m"), st.just("bare"), st.just(value=False)),
    ),
    max_size=2,
).map(tuple)
LEAVES: st.SearchStrategy[Node] = st.one_of(
    st.builds(Word, PLAIN, ANNOTATIONS),
    st.builds(Label, st.sampled_from(["build", "build+run", ""]), ANNOTATIONS),
)
TREES = st.lists(
    st.recursive(
        LEAVES,
        lambda children: st.builds(
            Group,
            st.sampled_from(["", "||", "doc?", "!a:b?"]),
            st.lists(children, max_size=4).map(tuple),
            ANNOTATIONS,
        ),
        max_leaves=12,
    ),
    max_size=4,
).map(tuple)


@given(TREES)
def test_what_was_rendered_is_read_back(tree: Tree) -> None:
    assert parse_tree(render_tree(tree)) == tree


WORDS = "( ) || [[ ]] [ ] = a b: c? !d? -> e"


@given(st.lists(st.sampled_from(WORDS.split()), max_size=25))
def test_any_words_render_back_or_are_a_parse_error(words: list[str]) -> None:
    try:
        tree = parse_tree(" ".join(words))
    except ParseError:
        return
    assert render_tree(tree) == " ".join(words)


@given(st.text(alphabet="()[]|=?:ab \n", max_size=60))
def test_no_text_raises_anything_but_a_parse_error(text: str) -> None:
    try:
        render_tree(parse_tree(text))
    except ParseError:
        return
