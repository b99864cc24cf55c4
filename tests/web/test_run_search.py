"""The page that searches in the logs of all runs."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pbins.models import Run
from pbins.services.archive_search import search_logs
from pbins.services.logs import log_of
from pbins.web import run_search
from tests.factories import make_repository, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(viewer: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(viewer)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_search, "SECONDS", 60.0)


@pytest.fixture
def run() -> Run:
    run = make_run(repository=make_repository())
    log_of(run).append(b"begin\n<b>needle</b>\n")
    return run


def page(browser: Client, query: str) -> str:
    response = browser.get(f"/runs/search/?{query}")
    assert response.status_code == 200
    return response.content.decode()


def test_a_line_that_is_found_leads_to_its_place_in_the_log(browser: Client, run: Run) -> None:
    shown = page(browser, "text=NEEDLE")
    assert f'<a href="/runs/{run.pk}/?offset=6#log">&lt;b&gt;needle&lt;/b&gt;</a>' in shown
    assert "Search older logs" not in shown


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Every log that is kept can be searched"),
        ("text=x", "at least two characters"),
        ("text=haystack", "All logs that are kept were searched"),
        ("text=needle&since=7&repository=pbins", "needle&lt;/b&gt;"),
        ("text=needle&since=x&repository=absent&from=y", "needle&lt;/b&gt;"),
        ("text=needle&from=0:0", "Not found in what was left"),
    ],
)
def test_every_search_has_an_answer(browser: Client, run: Run, query: str, words: str) -> None:
    assert words in page(browser, query)


def test_what_took_too_long_is_gone_on_with(
    browser: Client, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        run_search, "search_logs", lambda text, **options: search_logs(text, most_runs=0, **options)
    )
    shown = page(browser, "text=needle&since=7")
    assert f'href="/runs/search/?text=needle&amp;since=7&amp;from={run.pk}%3A0"' in shown
    assert "Not found so far. Searched the logs of 0 of 1 runs" in shown


def test_the_list_of_runs_leads_here(browser: Client, run: Run) -> None:
    assert 'href="/runs/search/"' in browser.get("/runs/").content.decode()


def test_strangers_search_nothing(client: Client, run: Run, viewer: User) -> None:
    assert client.get("/runs/search/?text=needle").status_code == 302
