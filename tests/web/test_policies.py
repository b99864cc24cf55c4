"""A channel's policy in the browser: what it waits for, who sets it, and who may move it."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from pbins.models import Channel, ChannelPolicy, Subscription
from pbins.roles import Role
from pbins.services.people import give_role
from pbins.services.policies import set_policy
from pbins.services.repositories import add_repository
from pbins.web import policies
from tests.factories import make_host
from tests.releases import begin, release

PAGE = "/repositories/pbins/channels/stable/policy/"
PROMOTE = "/repositories/pbins/channels/stable/promote/"
ROLLBACK = "/repositories/pbins/channels/stable/rollback/"


@pytest.fixture
def master(own_files: None, db: None) -> Channel:
    add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])
    return Channel.objects.select_related("repository").get()


@pytest.fixture
def stable(master: Channel) -> Channel:
    return begin("stable", master)


@pytest.fixture
def browser(log_in: Callable[[User], Client], db: None) -> Client:
    return log_in(person_with(Role.ADMINISTRATOR))


def person_with(role: Role, *groups: Group) -> User:
    person = User.objects.create_user(f"{role}-{User.objects.count()}")
    give_role(person, role)
    person.groups.add(*groups)
    return User.objects.get(pk=person.pk)


def text(browser: Client, path: str = PAGE) -> str:
    response = browser.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.mark.usefixtures("stable")
def test_without_a_policy_people_move_it(browser: Client) -> None:
    page = text(browser)
    assert "It moves only when people move it" in page
    assert "Every operator." in page


def test_the_page_says_exactly_what_it_waits_for(
    browser: Client, master: Channel, stable: Channel
) -> None:
    hosts = [make_host(f"web{number}") for number in range(2)]
    release(master, "sys-test/one")
    master.refresh_from_db()
    for host in hosts:
        Subscription.objects.create(host=host, channel=master)
    Subscription.objects.filter(host=hosts[0]).update(
        commit=master.commit, commit_at=timezone.now()
    )
    response = browser.post(PAGE, {"source": master.pk, "hours": 6, "canaries": [], "movers": []})
    assert response.headers["Location"] == PAGE
    page = text(browser)
    assert "master → stable: 1 of 2 canaries have it, then 6 h" in page
    assert "has nothing yet" in page
    assert "master → stable: 1 of 2" in text(browser, "/repositories/pbins/")


def test_of_very_many_canaries_those_that_wait_are_shown_first(
    browser: Client, master: Channel, stable: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policies, "MOST_CANARIES", 1)
    for number, commit in enumerate([master.commit, master.commit, ""]):
        Subscription.objects.create(
            host=make_host(f"web{number}"),
            channel=master,
            commit=commit,
            commit_at=timezone.now(),
        )
    set_policy(channel=stable, source=master)
    page = text(browser)
    assert "2 of 3 canaries have it" in page
    assert "And 2 more; those that wait come first." in page
    assert '<a class="name" href="/hosts/web2/">' in page
    assert '<a class="name" href="/hosts/web0/">' not in page


def test_what_can_not_be_is_told_beside_what_was_chosen(
    browser: Client, master: Channel, stable: Channel
) -> None:
    path = "/repositories/pbins/channels/master/policy/"
    response = browser.post(path, {"source": stable.pk, "hours": 6})
    beside = response.content.decode().partition('id="id_source_error"')[2]
    assert "Builds arrive in master" in beside.partition("</div>")[0]
    assert not ChannelPolicy.objects.exclude(source=None).exists()


def test_only_administrators_set_it(stable: Channel, log_in: Callable[[User], Client]) -> None:
    operator = log_in(person_with(Role.OPERATOR))
    assert "Promote by itself from" not in text(operator)
    assert operator.post(PAGE, {"hours": 1}).status_code == 403


def test_groups_that_are_named_move_it_and_other_operators_do_not(
    master: Channel, stable: Channel, log_in: Callable[[User], Client]
) -> None:
    releasers = Group.objects.create(name="releasers")
    set_policy(channel=stable, movers=[releasers])
    operator = log_in(person_with(Role.OPERATOR))
    for path in (PROMOTE, ROLLBACK):
        answer = operator.get(path)
        assert answer.status_code == 403
        assert "members of releasers" in answer.content.decode()
    page = text(operator, "/repositories/pbins/")
    assert PROMOTE not in page
    assert "/repositories/pbins/channels/master/rollback/" in page
    releaser = log_in(person_with(Role.VIEWER, releasers))
    assert PROMOTE in text(releaser, "/repositories/pbins/")
    earlier = stable.publications.get()
    release(stable, "sys-apps/later")
    back = f"{ROLLBACK}?to={earlier.pk}"
    assert back in text(releaser, f"/publications/{earlier.pk}/")
    assert back not in text(operator, f"/publications/{earlier.pk}/")
    for path in (PROMOTE, ROLLBACK):
        text(releaser, path)
