"""Why a run failed, on its page, on the dashboard, as JSON, and the files that were kept of it."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from pbins.models import Run, RunState, StepState
from pbins.services.kept_files import kept_file
from pbins.services.logs import log_of
from pbins.web.run_progress import time_left
from tests.factories import make_channel, make_repository, make_run

pytestmark = pytest.mark.django_db

PRINTED = b"""\
=== Starting src_compile
gcc -c broken.c
broken.c:1:1: error: expected <declaration>
!!! ERROR in dev-util/broken-1::arbor:
!!! In src_compile at line 2554
!!! emake failed
"""


@pytest.fixture
def browser(viewer: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(viewer)


@pytest.fixture
def run() -> Run:
    channel = make_channel(make_repository())
    run = make_run(repository=channel.repository, state=RunState.FAILED)
    Run.objects.filter(pk=run.pk).update(
        channel=channel, failure="compile", finished_at=timezone.now()
    )
    run.steps.create(
        number=1,
        action="create_binary",
        name="dev-util/broken",
        version="1",
        origin="arbor",
        state=StepState.FAILED,
        log_offset=0,
        note="broken.c:1:1: error: expected <declaration>",
    )
    log_of(run).append(PRINTED)
    return run


def page(browser: Client, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_says_first_why_it_failed(browser: Client, run: Run) -> None:
    shown = page(browser, f"/runs/{run.pk}/")
    assert "it does not compile" in shown
    assert "expected &lt;declaration&gt;" in shown
    assert "!!! emake failed" in shown
    assert "It was never good before" in shown
    assert shown.index("Why it failed") < shown.index('id="plan"')
    offset = PRINTED.index(b"broken.c:1:1")
    assert f'href="/runs/{run.pk}/?offset={offset}#log"' in shown


def test_a_run_that_is_well_shows_no_failure(browser: Client, run: Run) -> None:
    run.steps.all().delete()
    Run.objects.update(state=RunState.SUCCEEDED, failure="")
    assert "Why it failed" not in page(browser, f"/runs/{run.pk}/")


def test_the_last_good_version_is_a_link_to_its_run(browser: Client, run: Run) -> None:
    good, later = (make_run(repository=run.repository) for _ in range(2))
    good.steps.create(
        number=1,
        action="create_binary",
        name="dev-util/broken",
        version="0.9",
        origin="arbor",
        state=StepState.SUCCEEDED,
    )
    later.steps.create(
        number=1,
        action="create_binary",
        name="dev-util/broken",
        version="1",
        origin="arbor",
        state=StepState.FAILED,
    )
    shown = page(browser, f"/runs/{later.pk}/")
    assert "Last good: <code>0.9</code>" in shown
    assert f'<a href="/runs/{good.pk}/">run {good.pk}</a>' in shown


def test_a_kept_file_is_sent_as_plain_text_under_a_harmless_name(browser: Client, run: Run) -> None:
    file = run.files.create(name='a/<b>"\r\n.log', origin="/var/x.log", size=9)
    kept_file(file).write(b"<script>\n")
    assert f"/runs/{run.pk}/files/{file.pk}" in page(browser, f"/runs/{run.pk}/")
    response = browser.get(f"/runs/{run.pk}/files/{file.pk}")
    assert b"".join(response.streaming_content) == b"<script>\n"  # type: ignore[attr-defined]
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"] == 'inline; filename="a_b_.log"'
    assert browser.get(f"/runs/{run.pk + 1}/files/{file.pk}").status_code == 404


def test_a_kept_file_is_not_for_strangers(client: Client, run: Run, viewer: User) -> None:
    file = run.files.create(name="a.log", origin="/var/a.log", size=1)
    assert client.get(f"/runs/{run.pk}/files/{file.pk}").status_code == 302


def test_the_json_has_it_too(browser: Client, run: Run) -> None:
    file = run.files.create(name="config.log", origin="/var/config.log", size=7)
    told = browser.get(f"/runs/{run.pk}/json").json()
    assert told["failure"] == "compile"
    (failure,) = told["failures"]
    assert failure["step"] == 1
    assert failure["kind"] == "compile"
    assert failure["phase"] == "compile"
    assert failure["last_good"] is None
    assert failure["lines"][0]["text"] == "broken.c:1:1: error: expected <declaration>"
    assert told["files"] == [
        {"file": file.pk, "name": "config.log", "origin": "/var/config.log", "size": 7}
    ]


def test_the_dashboard_names_the_class_of_the_failure(browser: Client, run: Run) -> None:
    shown = page(browser, "/")
    assert "dev-util/broken" in shown
    assert "it does not compile" in shown


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "less than a minute left"),
        (30, "less than a minute left"),
        (12 * 60 + 5, "about 12 min left"),
        (2 * 3600 + 5 * 60 + 2, "about 2 h 5 min left"),
    ],
)
def test_the_time_that_is_left_is_told_to_the_minute(seconds: int, words: str) -> None:
    assert time_left(timezone.now() + timedelta(seconds=seconds)) == words


def test_where_nothing_is_known_no_time_is_told() -> None:
    assert time_left(None) == ""
