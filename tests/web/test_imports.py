"""Imports at a page: asked for, followed, and what is left out told."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pbins.models import Import, ImportState, Repository
from pbins.services.taking_in import add_import, take_in
from pbins.web import imports
from tests.upstream import Upstream

IMPORTS = "/repositories/pbins/imports/"
ELSEWHERE = "https://git.example.org/bins.git"


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Import]:
    """What a worker was given to do."""
    given: list[Import] = []
    monkeypatch.setattr(imports, "submit_import", given.append)
    return given


@pytest.fixture
def browser(operator: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(operator)


def test_a_git_repository_is_asked_for(
    repository: Repository, browser: Client, begun: list[Import]
) -> None:
    assert "Nothing was taken in yet" in browser.get(IMPORTS).content.decode()
    asked = {"source": "git", "address": ELSEWHERE, "branch": "stable"}
    answer = browser.post(IMPORTS, asked, follow=True)
    taking = Import.objects.get()
    assert begun == [taking]
    assert (taking.address, taking.branch, taking.state) == (ELSEWHERE, "stable", "queued")
    assert taking.asked_by is not None
    assert answer.redirect_chain == [(f"/imports/{taking.pk}/", 302)]
    assert "hx-get" in answer.content.decode()
    assert ELSEWHERE in browser.get(IMPORTS).content.decode()


def test_another_portal_is_asked_for(
    repository: Repository, browser: Client, begun: list[Import]
) -> None:
    asked = {"source": "portal", "address": "https://bins.example.org", "theirs": "others"}
    browser.post(IMPORTS, asked)
    taking = Import.objects.get()
    assert taking.address == "https://bins.example.org/git/others.git"
    assert taking.tarballs == "https://bins.example.org/distfiles/others/"


@pytest.mark.parametrize("address", ["file:///etc", "/srv/git"])
def test_files_of_the_portals_own_machine_can_not_be_named(
    repository: Repository, browser: Client, begun: list[Import], address: str
) -> None:
    answer = browser.post(IMPORTS, {"source": "git", "address": address})
    assert "it has to begin with https://" in answer.content.decode()
    assert not begun
    assert not Import.objects.exists()


def test_a_viewer_sees_how_far_it_is_but_asks_for_nothing(
    repository: Repository, viewer: User, log_in: Callable[[User], Client]
) -> None:
    taking = Import.objects.create(
        repository=repository, address=ELSEWHERE, state=ImportState.TAKING, wanted=7, taken=3
    )
    browser = log_in(viewer)
    page = browser.get(f"/imports/{taking.pk}/").content.decode()
    assert "3 of 7 tarballs" in page
    assert "hx-get" in browser.get(f"/imports/{taking.pk}/live").content.decode()
    assert browser.get(IMPORTS).status_code == 403
    assert browser.post(IMPORTS, {"address": ELSEWHERE}).status_code == 403


def test_what_ended_is_not_asked_about_again_and_names_what_was_left_out(
    repository: Repository, browser: Client
) -> None:
    taking = Import.objects.create(
        repository=repository,
        address=ELSEWHERE,
        state=ImportState.DONE,
        reason="1 published, 1 withheld.",
        problems=["packages/a/b/b-1.pbin-1+exheres-0: is not UTF-8 text"],
    )
    page = browser.get(f"/imports/{taking.pk}/").content.decode()
    assert "hx-get" not in page
    assert "is not UTF-8 text" in page


def test_what_was_there_only_in_the_past_is_told_everywhere(
    repository: Repository, browser: Client, tmp_path: Path
) -> None:
    others = Upstream(tmp_path / "others")
    others.begin()
    others.add("sys-test/hello", "1.0")
    others.commit("Add hello")
    others.file("sys-test/hello", "1.0").unlink()
    others.add("sys-test/hello", "2.0")
    others.commit("Replace hello")
    take_in(
        add_import(
            repository=repository,
            address=others.url,
            tarballs=str(others.tarballs),
            schemes=("file",),
        )
    )
    gone = "/packages/pbins/master/sys-test/hello/1.0/"
    for page in ("/", "/repositories/pbins/", "/packages/sys-test/hello/", "/feeds/all.atom"):
        assert browser.get(page).status_code == 200, page
    for publication in repository.publications.all():
        assert browser.get(f"/publications/{publication.pk}/").status_code == 200
    assert browser.get(gone).status_code == 410
