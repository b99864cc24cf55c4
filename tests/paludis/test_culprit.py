"""Why a step failed: a first guess from what it printed."""

from pathlib import Path

import pytest

from pbins.paludis.culprit import IN_WORDS, MOST_LINES, FailureClass, find_culprit

TRANSCRIPTS = Path(__file__).parents[1] / "data" / "transcripts"


def died(phase: str, *before: str, message: str = "emake failed") -> bytes:
    """What a package prints that gives up in a phase."""
    lines = [
        "\x1b[35;01m===\x1b[0m Starting src_unpack",
        "x.tar: error: an earlier phase",
        f"\x1b[35;01m===\x1b[0m Starting src_{phase}",
        *before,
        "",
        "!!! ERROR in cat/pkg-1:0::arbor:",
        f"!!! In src_{phase} at line 2554",
        f"!!! {message}",
        "",
        "!!! Call stack:",
        f"!!!    * src_{phase} (/usr/libexec/paludis/ebuild.bash:2554)",
        "",
        "diefunc: making ebuild PID 2 exit with error",
        "die trap: exiting with error.",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode()


@pytest.mark.parametrize(
    ("content", "is_fetch", "kind"),
    [
        (died("compile", "a.c:1:1: error: expected ;"), False, "compile"),
        (died("configure", "configure: error: no compiler"), False, "configure"),
        (died("prepare", "Hunk #1 FAILED at 12."), False, "configure"),
        (died("test", "FAIL: test_one"), False, "test"),
        (died("test_expensive", "FAIL: test_one"), False, "test"),
        (died("install", "install: cannot stat 'x': No such file"), False, "install"),
        (died("compile", "x: No space left on device"), False, "disk_full"),
        (died("compile", "Killed signal terminated program cc1"), False, "out_of_memory"),
        (died("compile", "make: *** [Makefile:3: x.o] Killed"), False, "out_of_memory"),
        (died("compile", "make: *** [x.o] Error 137"), False, "out_of_memory"),
        (died("compile", "Out of memory", *["x" * 100] * 700), False, "compile"),
        (died("fetch_extra", "fatal: Could not resolve host: example.org"), False, "network"),
        (b"Checking 'x.tar.bz2'... does not exist\n", True, "fetch"),
        (b"Connecting to x... failed: Connection refused.\nx... does not exist\n", True, "network"),
        (b"wget: unable to resolve host address 'x'\n", True, "network"),
        (b"Checking 'x'... failed SHA256\n", True, "checksum"),
        (b"Checking 'x'... incorrect size\n", True, "checksum"),
        (b"wget: cannot write: No space left on device\n", True, "disk_full"),
        (b"", False, "other"),
        (b"\xff\xfe\x00\x1b[", False, "other"),
    ],
)  # fmt: skip
def test_the_class_is_guessed(content: bytes, is_fetch: bool, kind: str) -> None:
    assert find_culprit(content, is_fetch=is_fetch).kind == kind


def test_what_was_killed_from_outside_is_thought_to_have_wanted_too_much_memory() -> None:
    content = b"=== Starting src_compile\ngcc x.c\n"
    assert find_culprit(content, exit_status=137).kind is FailureClass.OUT_OF_MEMORY
    assert find_culprit(content, exit_status=1).kind is FailureClass.COMPILE


def test_the_lines_that_tell_are_found_in_the_noise() -> None:
    noise = [f"gcc -O2 -Werror -c part{number}.c" for number in range(5000)]
    content = died(
        "compile",
        *noise,
        "a.c:1:2: error: expected ;",
        "    1 | int",
        "      |  ^",
        "make: *** [a.o] Error 1",
        *noise,
    )
    culprit = find_culprit(content)
    assert [line.text for line in culprit.lines] == [
        "a.c:1:2: error: expected ;",
        "    1 | int",
        "      |  ^",
        "make: *** [a.o] Error 1",
        "!!! ERROR in cat/pkg-1:0::arbor:",
        "!!! In src_compile at line 2554",
        "!!! emake failed",
    ]
    assert (culprit.phase, culprit.words) == ("compile", "a.c:1:2: error: expected ;")
    for line in culprit.lines:
        assert content[line.offset :].startswith(line.text.encode())


def test_where_no_error_is_seen_the_last_words_count() -> None:
    culprit = find_culprit(b"one\ntwo\nthree\n")
    assert [line.text for line in culprit.lines] == ["one", "two", "three"]
    assert find_culprit(died("compile")).words == "emake failed"


@pytest.mark.parametrize(
    "line", ["checking for error.h... no", "100 passed, 0 failed", "FAILED: 0", ">>> error: x"]
)
def test_what_only_sounds_like_an_error_is_none(line: str) -> None:
    culprit = find_culprit(died("test", line, "b.c: error: x"))
    assert culprit.words == "b.c: error: x"


def test_there_are_never_too_many_lines_nor_too_long_ones() -> None:
    culprit = find_culprit(died("compile", *[f"x.c:{n}: error: {'y' * 9000}" for n in range(900)]))
    assert len(culprit.lines) <= MOST_LINES
    assert max(len(line.text) for line in culprit.lines) <= 400


@pytest.mark.parametrize(
    ("name", "stream", "is_fetch", "kind", "words"),
    [
        ("06-build-fails", "stderr", False, "compile", "broken.c:1:1: error: expected declaration"),
        ("32-consumer-install-404", "stdout", True, "network", "Connection refused"),
        (
            "33-consumer-install-truncated-tarball",
            "stderr",
            False,
            "install",
            "Couldn't extract env",
        ),
        ("34-consumer-manifest-mismatch", "stdout", True, "checksum", "incorrect size"),
    ],
)
def test_what_a_real_cave_printed_is_understood(
    name: str, stream: str, is_fetch: bool, kind: str, words: str
) -> None:
    culprit = find_culprit((TRANSCRIPTS / name / stream).read_bytes(), is_fetch=is_fetch)
    assert culprit.kind == kind
    assert words in culprit.words


def test_every_class_has_words() -> None:
    assert set(IN_WORDS) == set(FailureClass)
