import pytest

from pbins.paludis.dependencies import parse_dependencies
from pbins.services.dependency_lines import Line, sections


def written(text: str, *options: str) -> dict[str, list[str]]:
    """Each section's lines, indented by depth; what is not needed is in brackets."""
    return {
        section.label: [_written(line) for line in section.lines]
        for section in sections(parse_dependencies(text), options)
    }


def _written(line: Line) -> str:
    shown = line.text if line.applies else f"({line.text})"
    return "  " * line.depth + shown


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("( )", [], {}),
        ("", [], {}),
        ("a/b", [], {"build+run": ["a/b"]}),
        ("( ( a/b ) ) [[ defined-in = [ x.exlib ] ]]", [], {"build+run": ["a/b"]}),
        (
            "suggestion: a/s run: a/r build: a/b",
            [],
            {"build": ["a/b"], "run": ["a/r"], "suggestion": ["a/s"]},
        ),
        ("( build: a/b ) ( build: a/c )", [], {"build": ["a/b", "a/c"]}),
        (
            "run: doc? ( a/b a/c ) !doc? ( a/d )",
            ["doc"],
            {
                "run": [
                    "if doc is on",
                    "  a/b",
                    "  a/c",
                    "(if doc is off)",
                    "  (a/d)",
                ]
            },
        ),
        (
            "x? ( y? ( a/b ) a/c )",
            ["y"],
            {
                "build+run": [
                    "(if x is on)",
                    "  (if y is on)",
                    "    (a/b)",
                    "  (a/c)",
                ]
            },
        ),
        (
            "doc? ( build: a/b run: a/c )",
            ["doc"],
            {"build": ["if doc is on", "  a/b"], "run": ["if doc is on", "  a/c"]},
        ),
        (
            "|| ( a/b a/c ) || ( a/d )",
            [],
            {"build+run": ["one of", "  a/b", "  a/c", "one of", "  a/d"]},
        ),
        ("whatever: a/b", [], {"whatever": ["a/b"]}),
    ],
)
def test_a_tree_is_told_by_purpose(
    text: str, options: list[str], expected: dict[str, list[str]]
) -> None:
    assert written(text, *options) == expected
    assert list(written(text, *options)) == list(expected)


def test_a_line_says_which_package_it_names_and_why() -> None:
    (section,) = sections(
        parse_dependencies("!a/b:2[>=1] [[ description = [ Collides ] ]] */c"), ()
    )
    blocker, wildcard = section.lines
    assert (blocker.text, blocker.package) == ("a/b:2[>=1]", "a/b")
    assert (blocker.category, blocker.part) == ("a", "b")
    assert (blocker.is_blocker, blocker.note) == (True, "Collides")
    assert (wildcard.text, wildcard.package) == ("*/c", "")


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("build", "to build it"),
        ("build+run", "to build it and to run it"),
        ("post", "after it is installed"),
        ("whatever+run", "whatever and to run it"),
    ],
)
def test_a_purpose_is_told_in_words(label: str, words: str) -> None:
    (section,) = sections(parse_dependencies(f"{label}: a/b"), ())
    assert section.purpose == words
