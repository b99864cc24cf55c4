from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from pbins.models import ChangeKind, PublicationState, Subscription
from tests.factories import (
    make_change,
    make_channel,
    make_entry,
    make_host,
    make_publication,
    make_repository,
    make_run,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(viewer: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(viewer)


def text(browser: Client, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_without_repositories_the_page_says_what_they_are(browser: Client) -> None:
    assert "There is no repository yet" in text(browser, "/repositories/")


@pytest.mark.parametrize(
    ("path", "part"),
    [("/rollouts/", "Runs"), ("/repositories/pbins/", "Repositories"), ("/", "Dashboard")],
)
def test_the_navigation_marks_the_part_that_a_page_belongs_to(
    browser: Client, path: str, part: str
) -> None:
    make_channel()
    marked = text(browser, path).split('aria-current="page"')
    assert len(marked) == 2
    assert f"<span>{part}</span>" in marked[1].partition("</a>")[0]


def test_the_list_tells_how_far_hosts_are(browser: Client) -> None:
    channel = make_channel()
    make_entry(channel)
    Subscription.objects.create(host=make_host("web"), channel=channel, commit="0" * 40)
    page = text(browser, "/repositories/")
    assert "1 of 1 behind" in page


def test_a_repository_shows_its_publications_followers_and_what_a_consumer_needs(
    browser: Client,
) -> None:
    channel = make_channel()
    run = make_run(repository=channel.repository)
    publication = make_publication(channel, run=run)
    for number, kind in enumerate((ChangeKind.ADDED, ChangeKind.ADDED, ChangeKind.REMOVED)):
        entry = make_entry(channel, f"sys-apps/tool{number}")
        make_change(entry, kind, publication=publication)
    prepared = make_publication(channel)
    prepared.state = PublicationState.PREPARED
    prepared.save()
    Subscription.objects.create(host=make_host("web"), channel=channel, commit="0" * 40)
    page = text(browser, "/repositories/pbins/")
    assert '<span title="added">+2</span>' in page
    assert '<span title="removed">−1</span>' in page
    assert f"/publications/{publication.pk}/" in page
    assert f"/publications/{prepared.pk}/" not in page
    assert "0 of 1 current" in page
    assert "sync = git+http" in page


def test_a_publication_lists_what_it_changed(browser: Client) -> None:
    channel = make_channel()
    publication = make_publication(channel)
    make_change(make_entry(channel, "sys-apps/new"), publication=publication)
    make_change(make_entry(channel, "sys-apps/old"), ChangeKind.REMOVED, publication=publication)
    page = text(browser, f"/publications/{publication.pk}/")
    assert "sys-apps/new" in page
    assert "removed" in page
    assert publication.commit in page


def test_a_publication_of_the_skeleton_alone_says_so(browser: Client) -> None:
    publication = make_publication(make_channel())
    assert "It changed no version" in text(browser, f"/publications/{publication.pk}/")


def test_what_does_not_exist_is_not_found(browser: Client) -> None:
    for path in ("/repositories/no/", "/repositories/no/publications/", "/publications/9/"):
        response = browser.get(path)
        assert response.status_code == 404
        assert b"Nothing is here" in response.content


def test_the_number_of_queries_does_not_grow_with_rows(
    browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(6):
        channel = make_channel(make_repository(f"pbins-{number}"))
        channel.repository.builders.add(make_host(f"builder-{number}", is_builder=True))
        Subscription.objects.create(host=make_host(f"host-{number}"), channel=channel)
    channel = make_channel(make_repository())
    for number in range(20):
        publication = make_publication(channel, run=make_run(repository=channel.repository))
        make_change(make_entry(channel, f"sys-apps/tool{number}"), publication=publication)
    with django_assert_max_num_queries(14):
        text(browser, "/repositories/")
    with django_assert_max_num_queries(28):
        text(browser, "/repositories/pbins/")
    with django_assert_max_num_queries(8):
        text(browser, "/repositories/pbins/publications/")


def test_every_host_is_provisioned_at_once(
    operator: User, log_in: Callable[[User], Client]
) -> None:
    channel = make_channel()
    repository = channel.repository
    builder = make_host("forge", is_builder=True, is_consumer=False)
    repository.builders.add(builder)
    make_host("web")
    resting = make_host("resting")
    resting.drained = True
    resting.save()
    response = log_in(operator).post("/repositories/pbins/provision", {"dry_run": "1"})
    rollout = repository.rollouts.get()
    assert response["Location"] == f"/rollouts/{rollout.pk}/"
    assert {run.host.name for run in rollout.runs.all()} == {"forge", "web"}
    assert all(run.choices == {"dry_run": True} for run in rollout.runs.all())


@pytest.mark.usefixtures("submitted")
def test_how_many_hosts_are_provisioned_is_asked_back(
    operator: User, log_in: Callable[[User], Client]
) -> None:
    repository = make_channel().repository
    for name in ("web", "db"):
        make_host(name)
    browser = log_in(operator)
    path = "/repositories/pbins/provision"
    assert "Type 2, the number of hosts" in browser.post(path).content.decode()
    for typed in ({"shown": "2", "count": "1"}, {"shown": "1", "count": "1"}):
        assert "Type 2" in browser.post(path, typed).content.decode()
        assert not repository.rollouts.exists()
    browser.post(path, {"shown": "2", "count": "2"})
    assert repository.rollouts.get().runs.count() == 2


def test_without_a_host_there_is_nothing_to_provision(
    operator: User, log_in: Callable[[User], Client]
) -> None:
    make_channel()
    response = log_in(operator).post("/repositories/pbins/provision", follow=True)
    assert "add a host first" in response.content.decode()


def test_a_viewer_can_not_provision(browser: Client) -> None:
    make_channel()
    assert browser.post("/repositories/pbins/provision").status_code == 403
