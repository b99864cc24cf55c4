from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pbins.models import Run, RunState
from pbins.services.places import places
from pbins.web import run_log
from tests.factories import make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(viewer: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(viewer)


@pytest.fixture
def run() -> Run:
    return make_run(state=RunState.EXECUTING)


def print_on_host(run: Run, content: bytes) -> None:
    path = places().run_log(run.uuid)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as log:
        log.write(content)


def ask(browser: Client, run: Run, query: str = "offset=0") -> dict[str, object]:
    response = browser.get(f"/runs/{run.pk}/log?{query}")
    assert response.status_code == 200
    answer: dict[str, object] = response.json()
    return answer


def end(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(state=RunState.SUCCEEDED)


def test_before_anything_was_printed_there_is_nothing(browser: Client, run: Run) -> None:
    assert ask(browser, run) == {
        "start": 0,
        "offset": 0,
        "size": 0,
        "is_over": False,
        "is_removed": False,
        "html": "",
        "partial": "",
    }


def test_whole_lines_come_once_and_an_unfinished_one_until_it_ends(
    browser: Client, run: Run
) -> None:
    print_on_host(run, b"one\ntwo <b>\n 10%\r 57%")
    first = ask(browser, run)
    assert first["html"] == "<div>one</div><div>two &lt;b&gt;</div>"
    assert (first["partial"], first["offset"]) == (" 57%", 12)
    print_on_host(run, b"\r 100%\nthree\n")
    second = ask(browser, run, f"offset={first['offset']}")
    assert second["html"] == "<div> 100%</div><div>three</div>"
    assert (second["partial"], second["offset"]) == ("", second["size"])


def test_an_empty_line_is_a_line(browser: Client, run: Run) -> None:
    print_on_host(run, b"\n")
    assert ask(browser, run)["html"] == "<div></div>"


def test_a_last_line_without_an_end_is_whole_when_the_run_has_ended(
    browser: Client, run: Run
) -> None:
    print_on_host(run, b"one\nKilled")
    end(run)
    answer = ask(browser, run)
    assert answer["html"] == "<div>one</div><div>Killed</div>"
    assert (answer["offset"], answer["partial"], answer["is_over"]) == (10, "", True)


def test_a_tail_begins_with_a_whole_line(browser: Client, run: Run) -> None:
    print_on_host(run, b"a long first line\nsecond\nthird\n")
    tail = ask(browser, run, "align=1&offset=-10")
    assert (tail["start"], tail["html"]) == (25, "<div>third</div>")
    exact = ask(browser, run, "align=1&offset=-6")
    assert exact["html"] == "<div>third</div>"
    assert ask(browser, run, "align=1&offset=-9999")["start"] == 0


@pytest.mark.parametrize("offset", ["999", "9" * 30, "x", "", "1e3", "-0"])
def test_a_nonsensical_offset_is_no_error(browser: Client, run: Run, offset: str) -> None:
    print_on_host(run, b"one\n")
    assert ask(browser, run, f"offset={offset}")["offset"] == 4


def test_a_line_longer_than_a_chunk_comes_in_pieces_between_characters(
    browser: Client, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_log, "CHUNK", 8)
    print_on_host(run, "äöüßäöüßx\n".encode())
    pieces, offset = "", 0
    for _ in range(10):
        answer = ask(browser, run, f"offset={offset}")
        pieces += str(answer["html"])
        offset = int(str(answer["offset"]))
        if offset == answer["size"]:
            break
    assert pieces.replace("</div><div>", "") == "<div>äöüßäöüßx</div>"


def test_a_character_torn_by_a_chunk_is_kept_for_the_next(
    browser: Client, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_log, "CHUNK", 8)
    print_on_host(run, b"1234567" + "☃".encode() + b"\n")
    first = ask(browser, run)
    assert (first["html"], first["offset"]) == ("<div>1234567</div>", 7)
    assert ask(browser, run, "offset=7")["html"] == "<div>☃</div>"


def test_bytes_that_are_no_text_are_shown_as_such(browser: Client, run: Run) -> None:
    print_on_host(run, b"\xff\xfe\x00<i>\n")
    assert ask(browser, run)["html"] == "<div>\ufffd\ufffd&lt;i&gt;</div>"


def test_a_log_of_200000_lines_is_followed_to_its_end(browser: Client, run: Run) -> None:
    print_on_host(run, b"".join(b"line %d of a build\n" % number for number in range(200_000)))
    lines, offset, size = 0, 0, 1
    while offset < size:
        answer = ask(browser, run, f"offset={offset}")
        lines += str(answer["html"]).count("<div>")
        offset, size = int(str(answer["offset"])), int(str(answer["size"]))
    assert lines == 200_000


def test_the_whole_log_is_sent_as_it_was_printed_and_never_as_a_page(
    browser: Client, run: Run
) -> None:
    printed = b"<script>alert(1)</script>\r\n\x1b[31mred\n" * 50_000
    print_on_host(run, printed)
    response = browser.get(f"/runs/{run.pk}/log.txt")
    assert b"".join(response.streaming_content) == printed  # type: ignore[attr-defined]
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/runs/{}/log", "/runs/{}/log.txt"])
def test_a_log_is_not_for_strangers(client: Client, run: Run, viewer: User, path: str) -> None:
    assert client.get(path.format(run.pk)).status_code == 302
