"""Channels in the browser: shown first, the count asked back, done once."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from pbins.models import Channel, Publication, Subscription
from pbins.services.places import places
from pbins.services.repositories import add_repository
from tests.factories import make_host
from tests.releases import begin, release

PROMOTE = "/repositories/pbins/channels/stable/promote/"
ROLLBACK = "/repositories/pbins/channels/master/rollback/"


@pytest.fixture
def browser(operator: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(operator)


@pytest.fixture
def master(settings: Settings, tmp_path: Path, db: None) -> Channel:
    add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])
    return Channel.objects.select_related("repository").get()


@pytest.fixture
def stable(master: Channel) -> Channel:
    return begin("stable", master)


def text(browser: Client, path: str) -> str:
    response = browser.get(path)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def seen(page: str) -> dict[str, str]:
    """What the form of a preview sends back by itself."""
    return dict(re.findall(r'name="(head|source)" value="([0-9a-f]{40})"', page))


def test_a_channel_is_begun_on_a_form(browser: Client, master: Channel) -> None:
    release(master, "sys-test/one")
    response = browser.post(
        "/repositories/pbins/new-channel/", {"name": "stable", "source": master.pk}
    )
    assert response.headers["Location"] == "/repositories/pbins/"
    assert Channel.objects.get(name="stable").entries.count() == 1
    page = text(browser, "/repositories/pbins/")
    assert ">Begin stable from master</a>" in page
    assert PROMOTE in page
    assert "Channel stable" in page


@pytest.mark.parametrize("name", ["a/b", "master", ""])
def test_a_name_that_can_not_be_is_told_on_the_form(
    browser: Client, master: Channel, name: str
) -> None:
    response = browser.post("/repositories/pbins/new-channel/", {"name": name, "source": master.pk})
    assert response.status_code == 200
    assert Channel.objects.count() == 1


def test_a_promotion_is_shown_with_its_hosts_and_done_once_the_count_is_given(
    browser: Client, master: Channel, stable: Channel
) -> None:
    release(master, "sys-test/one")
    release(master, "sys-test/two")
    Subscription.objects.create(host=make_host("web"), channel=stable)
    path = f"{PROMOTE}?source=master"
    page = text(browser, path)
    assert "sys-test/one" in page
    assert "<strong>1</strong> host follows stable" in page
    assert "Type 2, the number of versions that change" in page
    refused = browser.post(path, {**seen(page), "count": "1"}, follow=True)
    assert b"Type 2" in refused.content
    assert not stable.entries.exists()
    done = browser.post(path, {**seen(page), "count": "2"})
    made = Publication.objects.latest("pk")
    assert done.headers["Location"] == f"/publications/{made.pk}/"
    assert made.asked_by is not None
    assert stable.entries.count() == 2


def test_what_was_not_shown_is_not_done(browser: Client, master: Channel, stable: Channel) -> None:
    release(master, "sys-test/one")
    path = f"{PROMOTE}?source=master"
    page = text(browser, path)
    release(master, "sys-test/one", build=2)
    response = browser.post(path, {**seen(page), "count": "1"})
    assert b"published since this was shown" in response.content
    assert not stable.entries.exists()


def test_packages_can_be_chosen(browser: Client, master: Channel, stable: Channel) -> None:
    release(master, "sys-test/lib")
    release(master, "sys-test/app", run="sys-test/lib")
    release(master, "sys-test/other")
    page = text(browser, f"{PROMOTE}?source=master&specs=sys-test/app")
    assert "Type 2" in page
    assert "sys-test/other" not in page
    assert "serves nothing that is" in text(browser, f"{PROMOTE}?source=master&specs=no/such")


def test_a_roll_back_starts_from_a_publication(browser: Client, master: Channel) -> None:
    good = release(master, "sys-test/one")
    release(master, "sys-test/two")
    assert f"{ROLLBACK}?to={good.pk}" in text(browser, f"/publications/{good.pk}/")
    assert f'<option value="{good.pk}"' in text(browser, ROLLBACK)
    page = text(browser, f"{ROLLBACK}?to={good.pk}")
    assert "sys-test/two" in page
    browser.post(f"{ROLLBACK}?to={good.pk}", {**seen(page), "count": "1"})
    assert [entry.name for entry in master.entries.all()] == ["sys-test/one"]


def test_a_channel_that_hosts_follow_is_not_removed(browser: Client, stable: Channel) -> None:
    followed = Subscription.objects.create(host=make_host("web"), channel=stable)
    path = "/repositories/pbins/channels/stable/remove"
    count = str(stable.entries.count())
    confirmed = {"shown": count, "count": count}
    assert b"Provision them" in browser.post(path, confirmed, follow=True).content
    followed.delete()
    assert "Remove the channel stable" in browser.post(path).content.decode()
    assert Channel.objects.filter(name="stable").exists()
    browser.post(path, confirmed)
    assert not Channel.objects.filter(name="stable").exists()


def test_two_states_are_compared_field_by_field(
    browser: Client, master: Channel, stable: Channel
) -> None:
    first = release(master, "sys-test/one")
    release(master, "sys-test/one", build=2, run="sys-test/lib")
    path = "/repositories/pbins/compare/"
    assert "sys-test/one" in text(browser, f"{path}?before=stable&after=master")
    page = text(browser, f"{path}?before={first.pk}&after=master")
    assert '<ins class="mono">run: sys-test/lib</ins>' in page
    assert "They serve the same" in text(browser, f"{path}?before=master&after=master")
    assert browser.get(f"{path}?before=nowhere&after=master").status_code == 404


def test_a_long_move_is_counted_whole_and_shown_in_part(
    browser: Client, master: Channel, stable: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pbins.web.channels.SHOWN", 1)
    empty = Publication.objects.get(channel=master)
    for name in ("one", "two", "three"):
        last = release(master, f"sys-test/{name}")
    page = text(browser, f"{PROMOTE}?source=master")
    assert "3 added" in page
    assert "and 2 more" in page
    assert "Type 3, the number of versions that change" in page
    back = text(browser, f"{ROLLBACK}?to={empty.pk}")
    browser.post(f"{ROLLBACK}?to={empty.pk}", {**seen(back), "count": "3"})
    for tarball in places().distfiles("pbins").glob("*sys-test*"):
        tarball.unlink()
    page = text(browser, f"{ROLLBACK}?to={last.pk}")
    assert "What can't come back" in page
    assert "and 2 more" in page


def test_two_states_are_compared_for_programs(
    browser: Client, master: Channel, stable: Channel
) -> None:
    release(master, "sys-test/one")
    release(master, "sys-test/two")
    path = "/repositories/pbins/compare/"
    asked = "before=stable&after=master"
    told = browser.get(f"{path}json?{asked}").json()
    assert (told["count"], told["next"]) == (2, None)
    assert told["counts"] == {"added": 2, "replaced": 0, "removed": 0}
    first = told["changes"][0]
    assert (first["kind"], first["name"], first["version"]) == ("added", "sys-test/one", "1.0")
    assert first["before"] is None
    assert first["after"]["slot"] == "0"
    assert f'href="{path}json?before=stable&amp;after=master"' in text(browser, f"{path}?{asked}")
    refused = browser.get(f"{path}json?before=nowhere&after=master")
    assert (refused.status_code, "no two such states" in refused.json()["error"]) == (404, True)


@pytest.mark.parametrize(
    "path", [f"{ROLLBACK}?to=x", f"{ROLLBACK}?to=999", "/repositories/pbins/channels/no/rollback/"]
)
def test_what_does_not_exist_is_not_found(browser: Client, master: Channel, path: str) -> None:
    assert browser.get(path).status_code == 404


def test_only_publications_that_are_kept_are_offered_for_a_roll_back(
    browser: Client, master: Channel
) -> None:
    made = [release(master, "sys-test/one", build=number) for number in range(4)]
    master.publications.update(created_at=timezone.now() - timedelta(days=90))
    master.repository.keep_publications = 3
    master.repository.save()
    page = text(browser, ROLLBACK)
    offered = [one.pk for one in made if f'value="{one.pk}"' in page]
    assert offered == [made[1].pk, made[2].pk], "the last is what it serves now"
