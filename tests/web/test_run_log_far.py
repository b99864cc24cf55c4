"""Moving about in a log: back, through hostile bytes and huge files, from hit to hit, by parts."""

import re
import time
from collections.abc import Callable
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pbins.models import Run, RunState
from pbins.services.logs import log_of
from pbins.services.places import places
from pbins.web import run_log
from tests.factories import make_run

pytestmark = pytest.mark.django_db

LINES = b"".join(b"line %d of a build\n" % number for number in range(20_000))


@pytest.fixture
def browser(viewer: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(viewer)


@pytest.fixture
def run() -> Run:
    return make_run(state=RunState.EXECUTING)


def printed(run: Run, content: bytes) -> None:
    log_of(run).append(content)


def ask(browser: Client, run: Run, query: str) -> dict[str, object]:
    response = browser.get(f"/runs/{run.pk}/log?{query}")
    assert response.status_code == 200
    answer: dict[str, object] = response.json()
    return answer


def search(browser: Client, run: Run, query: str) -> dict[str, object]:
    response = browser.get(f"/runs/{run.pk}/log/search?{query}")
    assert response.status_code == 200
    answer: dict[str, object] = response.json()
    return answer


def text_of(html: object) -> list[str]:
    lines = re.findall(r"<div>(.*?)</div>", str(html))
    return [unescape(re.sub(r"<[^>]*>", "", line)) for line in lines]


def backwards(browser: Client, run: Run) -> list[str]:
    """Every line, read from the end to the beginning."""
    lines: list[str] = []
    start = log_of(run).size()
    while start:
        answer = ask(browser, run, f"before={start}")
        assert answer["offset"] == start
        lines = [*text_of(answer["html"]), *lines]
        start = int(str(answer["start"]))
    return lines


@pytest.mark.parametrize("is_compressed", [False, True])
def test_scrolling_back_every_line_comes_once(
    browser: Client, run: Run, is_compressed: bool
) -> None:
    printed(run, LINES)
    if is_compressed:
        log_of(run).compress()
    assert backwards(browser, run) == LINES.decode().splitlines()


def test_scrolling_back_through_a_line_of_five_megabytes_comes_to_its_beginning(
    browser: Client, run: Run
) -> None:
    printed(run, b"first\n" + "ä".encode() * 2_500_000 + b"\nlast\n")
    lines = backwards(browser, run)
    assert (lines[0], lines[-1]) == ("first", "last")
    assert "".join(lines[1:-1]) == "ä" * 2_500_000


@pytest.mark.parametrize("before", ["0", "x", "-999999"])
def test_before_the_beginning_there_is_nothing(browser: Client, run: Run, before: str) -> None:
    printed(run, LINES)
    answer = ask(browser, run, f"before={before}")
    assert (answer["start"], answer["offset"], answer["html"]) == (0, 0, "")


HOSTILE = [
    b"<script>alert(1)</script>",
    b"</div></div><img src=x onerror=alert(1)>",
    b"\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07",
    b"\x1b]52;c;aGVsbG8=\x07",
    b"\x1b]0;<script>\x1b\\",
    b'\x1b[31m<b>\x1b[1;"onclick=x m',
    b"\x1b[2J\x1b[999;999H\x1b[6n\x1bc",
    b"\x1bP<script>\x1b\\\x1b_<i>\x1b\\",
    b"\x00\x01\x02\x9b31m\xc2\x9b31m",
    b"\xff\xfe\xc3(\xed\xa0\x80\xf5<u>",
    b"&lt;&#x3c;script&gt;\"'`",
    b"10%\r<s>57%\b\b\b<s>",
    b"\x1b[" + b"9" * 3000 + b"m<b>",
]  # fmt: skip


@pytest.mark.parametrize("line", HOSTILE)
def test_nothing_that_is_printed_becomes_markup(browser: Client, run: Run, line: bytes) -> None:
    printed(run, line + b"\n" + line)
    answer = ask(browser, run, "offset=0")
    for shown in (answer["html"], answer["partial"]):
        allowed = re.sub(
            r'</?div>|<span class="a-[0-9a-z](?: a-[0-9a-z])*">|</span>', "", str(shown)
        )
        assert not set(allowed) & set('<>"')
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", allowed)


@pytest.mark.parametrize("chunk", [5, 6, 7, 8, 9, 16])
def test_wherever_a_line_without_end_is_cut_it_reads_the_same(
    browser: Client, run: Run, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(run_log, "CHUNK", chunk)
    printed(run, "ab\x1b[1mcd\x1b[0mäö☃\x1b[4mend of it\n".encode())
    seen, offset = "", 0
    while offset < log_of(run).size():
        answer = ask(browser, run, f"offset={offset}")
        seen += "".join(text_of(answer["html"]))
        offset = int(str(answer["offset"]))
    assert seen == "abcdäö☃end of it"


def test_a_log_of_half_a_gigabyte_opens_at_its_end_at_once(browser: Client, run: Run) -> None:
    path = places().run_log(run.uuid)
    path.parent.mkdir(parents=True)
    with path.open("wb") as log:  # a file with a hole: only what is read is ever there
        log.seek(500 * 10**6)
        log.write(b"\nthe last line\n")
    started = time.monotonic()
    answer = ask(browser, run, "align=1&offset=-1000")
    assert text_of(answer["html"])[-1] == "the last line"
    assert search(browser, run, f"q=last+line&before={answer['size']}")["hits"]
    assert time.monotonic() - started < 5


def test_the_whole_log_is_searched_and_each_hit_says_where_it_is(browser: Client, run: Run) -> None:
    printed(run, LINES)
    found = search(browser, run, "q=LINE+19999")
    assert found == {
        "size": len(LINES),
        "hits": [{"offset": LINES.index(b"line 19999"), "line": "line 19999 of a build"}],
        "goes_on": None,
    }
    many = search(browser, run, "q=build&most=2")
    assert [hit["offset"] for hit in many["hits"]] == [0, 18]  # type: ignore[attr-defined]
    assert many["goes_on"] == 36
    assert search(browser, run, "q=build&most=1&after=18") == search(
        browser, run, "q=build&most=1&from=36"
    )
    back = search(browser, run, "q=build&most=1&before=36")
    assert back["hits"] == [{"offset": 18, "line": "line 1 of a build"}]


@pytest.mark.parametrize("query", ["", "q=", "q=nowhere", "q=nowhere&before=99999999"])
def test_where_there_is_nothing_to_find_nothing_is_found(
    browser: Client, run: Run, query: str
) -> None:
    printed(run, LINES)
    assert search(browser, run, query) == {"size": len(LINES), "hits": [], "goes_on": None}


def test_there_are_never_too_many_hits(browser: Client, run: Run) -> None:
    printed(run, LINES)
    assert len(search(browser, run, "q=build&most=99999")["hits"]) == 100  # type: ignore[arg-type]


def test_a_log_is_compressed_and_removed_under_the_readers_eyes(browser: Client, run: Run) -> None:
    printed(run, LINES)
    before = ask(browser, run, "offset=1800")
    log_of(run).compress()
    assert ask(browser, run, "offset=1800") == before
    log_of(run).remove()
    answer = ask(browser, run, "offset=1800")
    assert (answer["size"], answer["html"], answer["is_removed"]) == (0, "", True)


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=5-9", 206, slice(5, 10)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("", 200, slice(None)),
        ("bytes=0-1,4-5", 200, slice(None)),
    ],
)
@pytest.mark.parametrize("is_compressed", [False, True])
def test_a_part_of_the_file_is_sent(
    browser: Client, run: Run, asked: str, status: int, part: slice, is_compressed: bool
) -> None:
    printed(run, LINES)
    if is_compressed:
        log_of(run).compress()
    response = browser.get(f"/runs/{run.pk}/log.txt", headers={"Range": asked})
    assert response.status_code == status
    assert b"".join(response.streaming_content) == LINES[part]  # type: ignore[attr-defined]
    assert response["Content-Length"] == str(len(LINES[part]))


def test_a_part_behind_the_end_can_not_be_sent(browser: Client, run: Run) -> None:
    printed(run, LINES)
    response = browser.get(f"/runs/{run.pk}/log.txt", headers={"Range": f"bytes={len(LINES)}-"})
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{len(LINES)}"


@pytest.mark.parametrize("path", ["/runs/{}/log?before=9", "/runs/{}/log/search?q=x"])
def test_strangers_read_nothing(client: Client, run: Run, viewer: User, path: str) -> None:
    printed(run, LINES)
    assert client.get(path.format(run.pk)).status_code == 302
