"""Configuration files: what we write is exact, what people wrote is understood."""

from contextlib import suppress
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbins.paludis.config import (
    parse_conf,
    render_builder_conf,
    render_consumer_conf,
    render_formats_conf,
    render_mirrors_conf,
)
from pbins.paludis.errors import ParseError
from pbins.paludis.names import RepositoryName

PBINS = RepositoryName("mybinaries")
LOCATION = PurePosixPath("/var/db/paludis/repositories/mybinaries")
DISTDIR = PurePosixPath("/srv/pbins/dist")


def test_a_builder_has_one_directory_for_tarballs_and_is_never_synced() -> None:
    text = render_builder_conf(
        repository=PBINS, location=LOCATION, distdir=DISTDIR, platforms=("amd64", "~amd64")
    )
    assert text == (
        "format = e\n"
        "location = /var/db/paludis/repositories/mybinaries\n"
        "importance = 10\n"
        "binary_destination = true\n"
        "binary_distdir = /srv/pbins/dist\n"
        "distdir = /srv/pbins/dist\n"
        "binary_keywords_filter = amd64 ~amd64\n"
        "binary_uri_prefix = mirror://mybinaries/\n"
        "use_manifest = ignore\n"
    )
    assert "sync" not in parse_conf(text)


def test_a_consumer_follows_a_channel() -> None:
    text = render_consumer_conf(
        location=LOCATION, sync="git+https://portal:8443/git/mybinaries.git", channel="stable"
    )
    assert text == (
        "format = e\n"
        "location = /var/db/paludis/repositories/mybinaries\n"
        "importance = 100\n"
        "sync = git+https://portal:8443/git/mybinaries.git\n"
        "sync_options = --branch=stable\n"
    )


def test_a_consumer_of_an_archive_has_no_branch() -> None:
    text = render_consumer_conf(location=LOCATION, sync="tar+http://portal/pbins.tar.bz2")
    assert "sync_options" not in parse_conf(text)


def test_mirrors_are_sorted_and_end_in_a_slash() -> None:
    mirrors = {
        RepositoryName("other"): ["http://b/dist/"],
        PBINS: ["https://a/dist", "http://[::1]:8000/x/"],
    }
    assert render_mirrors_conf(mirrors) == (
        "mybinaries https://a/dist/ http://[::1]:8000/x/\nother http://b/dist/\n"
    )
    with pytest.raises(ParseError, match="no address"):
        render_mirrors_conf({PBINS: []})


def test_every_format_begins_and_ends_a_line() -> None:
    values = parse_conf(render_formats_conf("t0k3n"))
    assert len(values) == 9
    assert values["execute-resolution/starting_action.2"] == "\n@@t0k3n|START|%x|%a|%i|%r@@\n"
    for text in values.values():
        assert text.startswith("\n@@t0k3n|")
        assert text.endswith("@@\n")
    assert parse_conf(render_formats_conf())["execute-resolution/done_action.1"] == (
        "\n@@DONE|%a|%i|%r@@\n"
    )


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("\n  # a comment\n\t\n", {}),
        ("a = b", {"a": "b"}),
        ("a=b\r\nc = d\r\n", {"a": "b", "c": "d"}),
        ("world = /var/db/world # not a comment", {"world": "/var/db/world # not a comment"}),
        ("a = b\na = c", {"a": "c"}),
        ("a ?= b", {"a": "b"}),
        ("a =", {"a": ""}),
        ("a = one \\\n    two \\\n    three\nb = 1", {"a": "one two three", "b": "1"}),
        ('a = "b  c"', {"a": "b  c"}),
        (r'a = "\n\t\"\\"', {"a": '\n\t"\\'}),
        (r"a = '\n'", {"a": r"\n"}),
        ("location = ${ROOT}/srv/x", {"location": "${ROOT}/srv/x"}),
        ("[one]\na = b\n[two three]\na = c", {"one/a": "b", "two/three/a": "c"}),
        (
            "sync = git+https://a/x local: git+file:///y",
            {"sync": "git+https://a/x local: git+file:///y"},
        ),
        ("x = a=b", {"x": "a=b"}),
    ],
)
def test_what_people_write_is_understood(text: str, values: dict[str, str]) -> None:
    assert parse_conf(text) == values


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a = b\nnonsense\n", 2),
        ('\na = "b\n', 2),
        ("a = b\nb = c \\", 2),
        ("= b", 1),
        ("[one\n", 1),
    ],
)
def test_what_no_one_should_write_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(ParseError) as caught:
        parse_conf(text)
    assert caught.value.line == line


@pytest.mark.parametrize(
    "path",
    ["relative", "/a b", "/a\nsync = evil", "/a/../../etc", "/a#b", "/$HOME", '/"', "/\\"],
)
def test_odd_paths_stay_out(path: str) -> None:
    with pytest.raises(ParseError):
        render_consumer_conf(location=PurePosixPath(path), sync="git+http://a/b.git")
    with pytest.raises(ParseError):
        render_builder_conf(
            repository=PBINS, location=LOCATION, distdir=PurePosixPath(path), platforms=("amd64",)
        )


@pytest.mark.parametrize("sync", ["", "/local", "git+http://a b", "git+http://a\nx = y", "ext::sh"])
def test_odd_addresses_stay_out(sync: str) -> None:
    with pytest.raises(ParseError):
        render_consumer_conf(location=LOCATION, sync=sync)
    with pytest.raises(ParseError):
        render_mirrors_conf({PBINS: [sync]})


@pytest.mark.parametrize(
    "channel", ["", "-x", "a b", "a..b", "a\nb", "a/", "x.lock", "--upload-pack"]
)
def test_odd_channels_stay_out(channel: str) -> None:
    with pytest.raises(ParseError):
        render_consumer_conf(location=LOCATION, sync="git+http://a/b.git", channel=channel)


@pytest.mark.parametrize("platforms", [(), ("amd64 x",), ("",), ("a\nb",), ("$x",)])
def test_odd_platforms_stay_out(platforms: tuple[str, ...]) -> None:
    with pytest.raises(ParseError):
        render_builder_conf(
            repository=PBINS, location=LOCATION, distdir=DISTDIR, platforms=platforms
        )


@pytest.mark.parametrize("token", ["a b", "a|b", 'a"', "%x", "a\n"])
def test_odd_tokens_stay_out(token: str) -> None:
    with pytest.raises(ParseError):
        render_formats_conf(token)


@given(st.text() | st.text(alphabet='ab =\n\\"#[]?'))
def test_no_text_raises_anything_else(text: str) -> None:
    with suppress(ParseError):
        parse_conf(text)


@pytest.mark.parametrize(
    "text",
    [
        "a = \\\n" * 100_000,
        " " * 1_000_000,
        "a" * 1_000_000,
        "[a" * 300_000,
        "[a" + " " * 1_000_000,
        "a = " + " b" * 500_000,
        "a = b" + " " * 1_000_000 + "c",
    ],
    ids=["continued", "blank", "key", "sections", "section", "words", "gap"],
)
def test_hostile_text_is_read_to_its_end_or_refused(text: str) -> None:
    with suppress(ParseError):
        parse_conf(text)
