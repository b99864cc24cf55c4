from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pbins.models import PackageSet, RunKind
from tests.factories import make_channel, make_run

pytestmark = pytest.mark.django_db


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
    gone = browser.post("/sets/web/delete", follow=True)
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
    assert "Edit web" in page
    assert "Edit w w" not in page
    assert PackageSet.objects.get().name == "web"


def test_runs_outlive_the_set_they_built(browser: Client) -> None:
    package_set = PackageSet.objects.create(name="web", specs="a/b")
    run = make_run(RunKind.BUILD, repository=make_channel().repository)
    run.package_set = package_set
    run.specs = ["a/b"]
    run.save()
    assert "Build the set web" in browser.get("/sets/web/").content.decode()
    browser.post("/sets/web/delete")
    assert "Build a/b" in browser.get(f"/runs/{run.pk}/").content.decode()
