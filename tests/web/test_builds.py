from collections.abc import Callable
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.test import Client

from pbins.models import PackageSet, Repository, Run
from tests.factories import make_channel, make_host

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("submitted")]

FORM = "/repositories/pbins/build/"
WISHES = {"what": "packages", "make_dependencies": "all", "keep_targets": "auto"}


@pytest.fixture
def browser(operator: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(operator)


@pytest.fixture(autouse=True)
def repository() -> Repository:
    repository = make_channel().repository
    repository.builders.add(make_host("forge", is_builder=True))
    return repository


def test_typed_packages_become_a_queued_run(
    browser: Client, operator: User, submitted: Mock
) -> None:
    typed = "dev-libs/libfoo  sys-apps/bar[>=1.2]\n# a comment\napp-shells/hush:2 dev-libs/libfoo"
    response = browser.post(FORM, WISHES | {"specs": typed, "keep_targets": "never"})
    run = Run.objects.get()
    assert response.headers["Location"] == f"/runs/{run.pk}/"
    assert run.specs == ["dev-libs/libfoo", "sys-apps/bar[>=1.2]", "app-shells/hush:2"]
    assert (run.host.name, run.asked_by, run.choices["keep_targets"]) == (
        "forge",
        operator,
        "never",
    )
    assert run.choices["continue_on_failure"] is False  # its box was not ticked
    submitted.assert_called_once_with(run)


def test_a_set_or_the_world_can_be_built(browser: Client) -> None:
    base = PackageSet.objects.create(name="base", specs="sys-apps/coreutils")
    browser.post(FORM, WISHES | {"what": "set", "package_set": base.pk, "specs": "ig/nored"})
    browser.post(FORM, WISHES | {"what": "world"})
    world, of_set = Run.objects.all()
    assert (of_set.package_set, of_set.specs) == (base, ["sys-apps/coreutils"])
    assert (world.choices["world"], world.specs) == (True, ["world"])


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"specs": ""}, "Name at least one package"),
        ({"specs": "# only a comment"}, "Name at least one package"),
        ({"specs": "libfoo"}, "libfoo: "),
        ({"specs": "dev-libs/libfoo; reboot"}, "dev-libs/libfoo;: "),
        ({"what": "set"}, "Choose the set to build"),
        ({"what": "everything"}, "not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_where_it_was_typed(
    browser: Client, submitted: Mock, wishes: dict[str, str], words: str
) -> None:
    response = browser.post(FORM, WISHES | wishes)
    page = response.content.decode()
    assert response.status_code == 200
    assert words in page[page.index("field-error") :]
    submitted.assert_not_called()


def test_an_empty_set_is_refused(browser: Client, submitted: Mock) -> None:
    empty = PackageSet.objects.create(name="empty", specs="# nothing")
    response = browser.post(FORM, WISHES | {"what": "set", "package_set": empty.pk})
    assert "The package set empty is empty" in response.content.decode()
    submitted.assert_not_called()


def test_without_a_builder_nothing_can_be_asked_for(
    browser: Client, repository: Repository
) -> None:
    repository.builders.clear()
    page = " ".join(browser.get(FORM).content.decode().split())
    assert "has no builder" in page
    assert browser.post(FORM, WISHES | {"specs": "a/b"}).status_code == 200
    assert not Run.objects.exists()


def test_the_builder_is_chosen_among_those_of_the_repository(
    browser: Client, repository: Repository
) -> None:
    second = make_host("anvil", is_builder=True)
    repository.builders.add(second)
    stranger = make_host("stranger", is_builder=True)
    refused = browser.post(FORM, WISHES | {"specs": "a/b", "host": stranger.pk})
    assert "not one of the available choices" in refused.content.decode()
    browser.post(FORM, WISHES | {"specs": "a/b", "host": second.pk})
    assert Run.objects.get().host == second


def test_links_fill_the_form_in(browser: Client) -> None:
    PackageSet.objects.create(name="base", specs="a/b")
    assert "selected>base" in browser.get(f"{FORM}?set=base").content.decode()
    assert "\na/b\nc/d</textarea>" in browser.get(f"{FORM}?specs=a/b+c/d").content.decode()


def test_build_without_a_repository_leads_to_the_first_or_to_what_is_missing(
    browser: Client, repository: Repository
) -> None:
    assert browser.get("/build/").headers["Location"] == FORM
    Repository.objects.all().delete()
    assert browser.get("/build/").headers["Location"] == "/repositories/"
