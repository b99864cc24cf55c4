"""A repository's health and its cleaning, as an operator sees and does them."""

import errno
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from pbins.models import (
    Channel,
    DiskSample,
    Entry,
    Finding,
    FindingKind,
    Host,
    Pbin,
    Pin,
    Repository,
    Run,
    Subscription,
    Tarball,
)
from pbins.services import keeping
from pbins.services.errors import Refused
from pbins.services.repositories import add_repository
from pbins.services.scrubbing import scrub
from pbins.storage.errors import GitError
from pbins.web import catalogue_version, cleaning, health
from tests.factories import make_host
from tests.stock import file_of, names_in, publish_version

HEALTH = "/repositories/pbins/health/"
CLEANING = "/repositories/pbins/cleaning/"
LOOK = "/repositories/pbins/cleaning/plan"


@pytest.fixture
def browser(operator: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(operator)


@pytest.fixture
def hello(settings: Settings, tmp_path: Path, db: None) -> Pbin:
    repository = add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])
    return publish_version(repository.channels.get())


@pytest.fixture
def unneeded(hello: Pbin, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a tarball that may go."""
    monkeypatch.setattr(keeping, "UNDER_WAY", timedelta(seconds=-60))
    publish_version(Channel.objects.get(), build=2)
    Repository.objects.update(keep_publications=1, keep_days=0)
    Tarball.objects.update(received_at=timezone.now() - timedelta(hours=1))
    return file_of(hello).name


@pytest.fixture
def missing(hello: Pbin) -> Finding:
    file_of(hello).unlink()
    (finding,) = scrub(repository=hello.repository).findings
    return finding


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What is handed to the workers."""
    asked: list[tuple[object, ...]] = []

    def note(*arguments: object, **named: object) -> None:
        asked.append((*arguments, *named.values()))

    for name in ("submit", "submit_repair", "submit_scrub", "submit_look_at_builders"):
        monkeypatch.setattr(health, name, note)
    return asked


def text(browser: Client, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def said(browser: Client, path: str, **fields: str) -> str:
    """What the page says after a form was sent."""
    response = browser.post(path, fields, follow=True)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_nobody_has_looked_before_the_first_scrub(browser: Client, hello: Pbin) -> None:
    assert "Nobody has looked yet" in text(browser, HEALTH)
    scrub(repository=hello.repository)
    assert "Everything agrees" in text(browser, HEALTH)
    Repository.objects.update(scrub_began_at=timezone.now())
    page = text(browser, HEALTH)
    assert "Everything agrees" not in page
    assert "has not ended; what it finds appears here" in page


def test_what_was_found_is_shown_with_its_repairs(
    browser: Client, missing: Finding, viewer: User, log_in: Callable[[User], Client]
) -> None:
    assert 'Health <span class="text-red">(1)</span>' in text(browser, "/repositories/pbins/")
    page = text(browser, HEALTH)
    assert missing.what in page
    assert "tarball is gone" in page
    for how in ("take-again", "rebuild", "quarantine"):
        assert f'value="{how}"' in page
    assert 'value="rebuild"' not in text(log_in(viewer), HEALTH)


def test_a_quarantine_is_done_at_once(browser: Client, missing: Finding) -> None:
    page = said(browser, f"/findings/{missing.pk}/repair", how="quarantine")
    assert "Quarantined: withdrawn from master." in page
    assert Entry.objects.get().withheld.startswith("Quarantined")


def test_what_takes_long_is_left_to_the_workers(
    browser: Client, missing: Finding, queue: list[tuple[object, ...]]
) -> None:
    said(browser, f"/findings/{missing.pk}/repair", how="take-again")
    assert [asked[0] for asked in queue] == [missing]
    Repository.objects.get().builders.add(make_host(is_builder=True))
    response = browser.post(f"/findings/{missing.pk}/repair", {"how": "rebuild"})
    run = Run.objects.get()
    assert response.headers["Location"] == f"/runs/{run.pk}/"
    assert queue[-1] == (run,)


def test_a_repair_that_can_not_be_made_says_why(browser: Client, missing: Finding) -> None:
    assert "has no builder" in said(browser, f"/findings/{missing.pk}/repair", how="rebuild")
    assert "Choose what is to be done" in said(browser, f"/findings/{missing.pk}/repair", how="x")
    assert "does not help" in said(browser, f"/findings/{missing.pk}/repair", how="delete")


def test_a_scrub_is_asked_for(
    browser: Client, hello: Pbin, queue: list[tuple[object, ...]]
) -> None:
    said(browser, "/repositories/pbins/scrub")
    said(browser, "/repositories/pbins/scrub", what="full")
    assert "builders are looked at" in said(browser, "/repositories/pbins/scrub", what="builders")
    assert queue == [(hello.repository, False), (hello.repository, True), (hello.repository,)]


def test_a_page_that_stays_open_tells_when_there_is_something_else_to_show(
    browser: Client, hello: Pbin
) -> None:
    def line() -> str:
        """What the page that was loaded first says now of how it was looked after."""
        return text(browser, f"/repositories/pbins/health/live?shown={shown}")

    (shown,) = re.findall(r"live\?shown=(\S+)\"", text(browser, HEALTH))
    assert "Never scrubbed; builders not looked at yet" in line()
    Repository.objects.update(scrub_began_at=timezone.now())
    assert "has not ended" in line()
    assert "There is news" not in line()
    file_of(hello).unlink()
    scrub(repository=hello.repository)
    assert "There is news: show it" in line()
    (shown,) = re.findall(r"live\?shown=(\S+)\"", text(browser, HEALTH))
    assert "Scrubbed" in line()
    Finding.objects.update(attempt="The builder does not answer.")
    assert "There is news: show it" in line()


def test_without_a_queue_the_page_says_so(
    browser: Client, hello: Pbin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise Refused("Redis does not answer.")

    monkeypatch.setattr(health, "submit_scrub", refuse)
    assert "Redis does not answer." in said(browser, "/repositories/pbins/scrub")


def test_room_and_its_growth_are_drawn(browser: Client, hello: Pbin) -> None:
    assert "noted every day; on the second day it is drawn" in text(browser, HEALTH)
    for number in range(5):
        DiskSample.objects.create(
            repository=hello.repository,
            day=timezone.localdate() - timedelta(days=number),
            tarballs=1,
            distfiles=(5 - number) * 2**30,
            trash=0,
            git=0,
        )
    page = text(browser, HEALTH)
    assert '<td class="end number">5.0 GiB</td>' in page
    assert f", on {timezone.localdate()} </dd>" in page
    assert "full in about" in page
    assert "builds wait below" in page


def test_what_would_go_is_shown_before_it_goes(browser: Client, unneeded: str) -> None:
    page = text(browser, CLEANING)
    assert "Nobody has looked lately" in page
    assert "Type" not in page
    page = said(browser, LOOK)
    assert unneeded in page
    assert "Type 1, the number" in page
    assert "Type 1, the number" in text(browser, CLEANING)
    for count in ("", "2", "all"):
        said(browser, CLEANING, count=count)
        assert unneeded in names_in(Repository.objects.get())
    assert "1 tarball (" in said(browser, CLEANING, count="1")
    assert unneeded not in names_in(Repository.objects.get())
    assert "Nobody has looked lately" in text(browser, CLEANING)
    assert "Nothing may go" in said(browser, LOOK)


def test_the_trash_gives_back(browser: Client, unneeded: str) -> None:
    said(browser, CLEANING, count="1")
    assert unneeded in text(browser, CLEANING)
    assert "1 tarball put back" in said(browser, "/repositories/pbins/trash/restore", name=unneeded)
    said(browser, CLEANING, count="1")
    assert "1 tarball put back" in said(browser, "/repositories/pbins/trash/restore")
    assert "0 tarballs put back" in said(browser, "/repositories/pbins/trash/restore")
    assert "is not in the trash" in said(
        browser, "/repositories/pbins/trash/restore", name="other.tar.bz2"
    )


@pytest.mark.parametrize(
    ("broken", "address", "told"),
    [
        ("clean", CLEANING, "Cleaning stopped half way: [Errno 5] Input/output error"),
        ("restore", "/repositories/pbins/trash/restore", "Not everything was put back: [Errno 5]"),
        ("make_plan", LOOK, "What may go can't be told: [Errno 5] Input/output error"),
    ],
)
def test_a_disk_that_fails_is_told_on_the_page_with_what_to_do(
    browser: Client,
    unneeded: str,
    monkeypatch: pytest.MonkeyPatch,
    broken: str,
    address: str,
    told: str,
) -> None:
    def fails(**_: object) -> None:
        raise OSError(errno.EIO, "Input/output error", "/srv/trash")

    monkeypatch.setattr(cleaning, broken, fails)
    page = said(browser, address, count="1")
    assert told in unescape(page)
    assert "See to that on the portal's own machine, then do it again" in unescape(page)


def test_a_plan_that_can_not_be_read_keeps_the_page_from_nobody(
    browser: Client, unneeded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Repository) -> None:
        raise GitError("rev-list", 128, "bad object")

    monkeypatch.setattr(cleaning, "plan_of", fails)
    page = text(browser, CLEANING)
    assert "bad object" in page
    assert "Nobody has looked lately" in page


def test_hosts_that_the_trash_waits_for_are_named_with_the_way_out(
    browser: Client, unneeded: str
) -> None:
    said(browser, CLEANING, count="1")
    channel = Channel.objects.get()
    late = timezone.now() - timedelta(days=9)
    for number in range(7):
        host = make_host(f"web{number}")
        synced = late + timedelta(hours=number) if number else timezone.now()
        Subscription.objects.create(host=host, channel=channel, synced_at=synced)
    page = text(browser, CLEANING)
    assert '<a href="/hosts/web1/">web1</a>' in page
    assert "web0" not in page
    assert "and 1 more. A host that is gone for good is waited for no longer once" in page
    Host.objects.update(drained=True)
    assert "gone for good" not in text(browser, CLEANING)


def test_a_version_is_pinned_and_unpinned(browser: Client, unneeded: str, operator: User) -> None:
    page = said(
        browser, "/repositories/pbins/pins/add", version="sys-test/hello-1.0", reason="kernel"
    )
    assert str(Pin.objects.get()) in page
    assert "Nothing may go" in said(browser, LOOK)
    assert Pin.objects.get().pinned_by == operator
    assert "never a sys-test/hello-9" in said(
        browser, "/repositories/pbins/pins/add", version="sys-test/hello-9"
    )
    said(browser, "/repositories/pbins/pins/remove", version="sys-test/hello-1.0")
    assert unneeded in said(browser, LOOK)
    assert "is not pinned" in said(
        browser, "/repositories/pbins/pins/remove", version="sys-test/hello-1.0"
    )


def test_a_version_is_pinned_at_its_page_and_unpinned_there(browser: Client, hello: Pbin) -> None:
    page = f"/packages/pbins/master/sys-test/hello/{hello.version}/"
    assert "Pin" in browser.get(page).content.decode()
    asked = {"version": f"{hello.name}-{hello.version}", "back": page}
    answer = browser.post("/repositories/pbins/pins/add", asked)
    assert (answer.status_code, answer.headers["Location"]) == (302, page)
    assert Pin.objects.count() == 1
    assert "Unpin" in browser.get(page).content.decode()
    elsewhere = browser.post(
        "/repositories/pbins/pins/remove", asked | {"back": "https://evil.example.org/"}
    )
    assert elsewhere.headers["Location"] == CLEANING
    assert not Pin.objects.exists()


def test_a_large_trash_is_put_back_by_a_worker(
    browser: Client, unneeded: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Repository] = []
    monkeypatch.setattr(cleaning, "submit_restore", asked.append)
    monkeypatch.setattr(cleaning, "AT_ONCE_BYTES", 0)
    said(browser, CLEANING, count="1")
    assert "put back now" in said(browser, "/repositories/pbins/trash/restore")
    assert [repository.name for repository in asked] == ["pbins"]


def test_what_was_quarantined_can_be_taken_again_at_its_page(
    browser: Client,
    missing: Finding,
    viewer: User,
    log_in: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[Entry, User]] = []
    monkeypatch.setattr(
        catalogue_version, "submit_take_again", lambda *arguments: asked.append(arguments)
    )
    page = "/packages/pbins/master/sys-test/hello/1.0/"
    assert "Take its tarball again" not in text(browser, page)
    said(browser, f"/findings/{missing.pk}/repair", how="quarantine")
    assert "Take its tarball again" in text(browser, page)
    assert "Take its tarball again" not in text(log_in(viewer), page)
    assert "is asked for now" in said(browser, f"{page}take-again")
    assert [entry for entry, _ in asked] == [Entry.objects.get()]


def test_what_lies_about_on_builders_goes_at_once_by_its_count(
    browser: Client, hello: Pbin, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Repository, FindingKind]] = []
    monkeypatch.setattr(health, "submit_clean_builders", lambda *given: asked.append(given))
    clean, kind = "/repositories/pbins/builders/clean", FindingKind.BUILDER_UNNEEDED
    assert "Remove from builders" not in text(browser, HEALTH)
    assert "Nothing of that lies about" in said(browser, clean, kind=kind, count="0")
    for number in range(2):
        Finding.objects.create(repository=hello.repository, kind=kind, what=f"forge:{number}")
    assert "type 2, the number of files that go" in text(browser, HEALTH)
    assert "nothing was removed" in said(browser, clean, kind=kind, count="1")
    assert asked == []
    assert "To be removed: 2 files" in said(browser, clean, kind=kind, count="2")
    assert asked == [(hello.repository, kind)]
