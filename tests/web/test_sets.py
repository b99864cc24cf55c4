from collections.abc import Callable
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pbins.models import PackageSet, RunKind, Subscription
from pbins.web import sets
from tests.factories import make_channel, make_entry, make_host, make_run

pytestmark = pytest.mark.django_db

ONE = {"shown": "1", "count": "1"}  # what is asked back was typed


@pytest.fixture
def browser(operator: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(operator)


def test_without_sets_the_page_says_what_they_are_for(browser: Client) -> None:
    assert "There is no package set yet" in browser.get("/sets/").content.decode()


def test_a_set_is_made_changed_and_deleted(browser: Client) -> None:
    made = browser.post("/new-set/", {"name": "web", "specs": "www-servers/nginx"})
    assert made.headers["Location"] == "/sets/web/"
    browser.post("/sets/web/edit/", {"name": "web", "specs": "www-servers/nginx\nnet-misc/curl"})
    assert PackageSet.objects.get().spec_list == ["www-servers/nginx", "net-misc/curl"]
    asked = browser.post("/sets/web/delete").content.decode()
    assert "Type 2, the number of packages in the set" in asked
    browser.post("/sets/web/delete", {"shown": "2", "count": "1"})
    assert PackageSet.objects.exists()
    gone = browser.post("/sets/web/delete", {"shown": "2", "count": "2"}, follow=True)
    assert "The package set web is gone" in gone.content.decode()
    assert not PackageSet.objects.exists()


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"name": "web", "specs": "nginx"}, "nginx: "),
        ({"name": "web", "specs": ""}, "This field is required"),
        ({"name": "we b", "specs": "a/b"}, "we b: "),
        ({"name": "taken", "specs": "a/b"}, "already exists"),
    ],
)
def test_what_cannot_be_a_set_is_refused_in_place(
    browser: Client, wishes: dict[str, str], words: str
) -> None:
    PackageSet.objects.create(name="taken", specs="a/b")
    page = browser.post("/new-set/", wishes).content.decode()
    assert words in page[page.index("field-error") :]
    assert PackageSet.objects.count() == 1


def test_a_refused_change_leaves_the_set_and_its_heading_as_they_were(browser: Client) -> None:
    PackageSet.objects.create(name="web", specs="a/b")
    page = browser.post("/sets/web/edit/", {"name": "w w", "specs": "a/b"}).content.decode()
    assert "Change web" in page
    assert "Change w w" not in page
    assert PackageSet.objects.get().name == "web"


def test_runs_outlive_the_set_they_built(browser: Client) -> None:
    package_set = PackageSet.objects.create(name="web", specs="a/b")
    run = make_run(RunKind.BUILD, repository=make_channel().repository)
    run.package_set = package_set
    run.specs = ["a/b"]
    run.save()
    assert "Build the set web" in browser.get("/sets/web/").content.decode()
    browser.post("/sets/web/delete", ONE)
    assert "Build a/b" in browser.get(f"/runs/{run.pk}/").content.decode()


def test_lines_are_checked_while_somebody_types(browser: Client) -> None:
    make_entry(make_channel(), "www-servers/nginx")
    typed = "nginx\nwww-servers/ngins\nwww-servers/nginx  # served"
    piece = browser.post("/new-set/check", {"specs": typed}).content.decode()
    assert "is not a package: write category/name" in piece
    assert piece.count('data-name="www-servers/nginx"') == 2
    assert "3 lines, 1 that can't be read, 1 to look at" in " ".join(piece.split())


def test_names_are_completed(browser: Client) -> None:
    make_entry(make_channel(), "www-servers/nginx", "1.28")
    found = browser.get("/new-set/complete", {"q": "ngi"}).json()
    assert found == [{"name": "www-servers/nginx", "version": "1.28", "summary": "A test program"}]
    assert browser.get("/new-set/complete", {"q": " "}).json() == []


def test_a_saved_set_that_asks_for_something_unknown_is_saved_with_a_warning(
    browser: Client,
) -> None:
    wishes = {"name": "web", "specs": "no-such/thing"}
    page = browser.post("/new-set/", wishes, follow=True).content.decode()
    assert "web is saved" in page
    assert "Have a second look at no-such/thing" in page


def test_the_page_says_what_the_set_means_and_offers_to_build_the_rest(browser: Client) -> None:
    make_entry(make_channel(), "www-servers/nginx", "1.28")
    PackageSet.objects.create(name="web", specs="www-servers/nginx  # for all\nno-such/thing")
    page = browser.get("/sets/web/").content.decode()
    for words in ("1.28", "for all", "no source known", "On hosts"):
        assert words in page


def test_edits_are_shown_as_differences_with_who_made_them(browser: Client) -> None:
    browser.post("/new-set/", {"name": "web", "specs": "a/b\nc/d"})
    browser.post("/sets/web/edit/", {"name": "web", "specs": "a/b\ne/f"})
    page = browser.get("/sets/web/history/").content.decode()
    assert (
        page.index("<del>c/d</del>") < page.index("<ins>e/f</ins>") < page.index("<ins>a/b</ins>")
    )
    assert page.count("otto</span>") == 2


def test_a_set_is_deployed_and_taken_back_by_rollouts(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit = Mock()
    monkeypatch.setattr(sets, "submit", submit)
    channel = make_channel()
    Subscription.objects.create(host=make_host("web1"), channel=channel)
    PackageSet.objects.create(name="web", specs="a/b")
    deployed = browser.post("/sets/web/deploy", {"repository": "pbins"})
    assert deployed.headers["Location"].startswith("/rollouts/")
    assert "On consumers of" in browser.get("/sets/").content.decode()
    assert "Bring to 1 host" in " ".join(browser.get("/sets/web/").content.decode().split())
    refused = browser.post("/sets/web/delete", ONE, follow=True).content.decode()
    assert "end that first" in refused
    asked = browser.post("/sets/web/deploy", {"repository": "pbins", "end": ""}).content.decode()
    assert "Type 1, the number of hosts that follow pbins" in asked
    assert '<input type="hidden" name="end" value="">' in asked
    browser.post("/sets/web/deploy", {"repository": "pbins", "end": "", **ONE})
    assert submit.call_count == 2
    assert not PackageSet.objects.get().deployments.exists()
