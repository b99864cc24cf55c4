from collections.abc import Callable
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from pbins.models import Host, PackageSet, Rollout, Run, RunKind, RunState, Subscription, Tag
from tests.factories import make_channel, make_host

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("submitted")]

FORM = "/repositories/pbins/sync/"


@pytest.fixture
def browser(operator: User, log_in: Callable[[User], Client]) -> Client:
    return log_in(operator)


@pytest.fixture(autouse=True)
def fleet() -> None:
    """web-1 and web-2 follow, tagged web; db-1 follows; stray is no follower."""
    channel = make_channel()
    tag = Tag.objects.create(name="web")
    for name in ("web-1", "web-2", "db-1"):
        Subscription.objects.create(host=make_host(name), channel=channel)
    tag.hosts.set(Host.objects.filter(name__startswith="web"))
    make_host("stray").tags.add(Tag.objects.create(name="other"))


def synced() -> list[str]:
    return sorted(run.host.name for run in Rollout.objects.get().runs.all())


def test_all_followers_can_be_synced_and_the_form_says_how_many(
    browser: Client, operator: User, submitted: Mock
) -> None:
    assert "All <strong>3</strong> hosts that follow it" in browser.get(FORM).content.decode()
    response = browser.post(FORM, {"which": "all"})
    rollout = Rollout.objects.get()
    assert response.headers["Location"] == f"/rollouts/{rollout.pk}/"
    assert synced() == ["db-1", "web-1", "web-2"]
    assert rollout.asked_by == operator
    assert len(submitted.call_args.args) == 3


def test_those_with_a_tag_can_be_synced(browser: Client) -> None:
    page = " ".join(browser.get(FORM).content.decode().split())
    assert "web (2 hosts)" in page
    assert "other (" not in page
    browser.post(FORM, {"which": "tag", "tag": Tag.objects.get(name="web").pk})
    assert synced() == ["web-1", "web-2"]


def test_chosen_hosts_can_be_synced_and_install_packages(browser: Client) -> None:
    chosen = Subscription.objects.get(host__name="db-1").host
    browser.post(FORM, {"which": "hosts", "hosts": [chosen.pk], "install": "dev-db/pg\nnet/x:2"})
    assert synced() == ["db-1"]
    assert Run.objects.get().specs == ["dev-db/pg", "net/x:2"]


def test_a_package_set_is_installed_whole(browser: Client) -> None:
    package_set = PackageSet.objects.create(name="web", specs="# why\ndev-db/pg\nnet/x:2")
    page = browser.get(f"{FORM}?set=web").content.decode()
    assert f'<option value="{package_set.pk}" selected>web</option>' in page
    browser.post(FORM, {"which": "all", "install": "net/y", "install_set": package_set.pk})
    assert Rollout.objects.get().specs == ["net/y", "dev-db/pg", "net/x:2"]


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"which": "tag"}, "Choose the tag"),
        ({"which": "hosts"}, "Choose at least one host"),
        ({"which": "all", "install": "pg"}, "pg: "),
        ({"which": "hosts", "hosts": ["999"]}, "999 is not one of the available choices"),
        ({"which": "many"}, "many is not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_in_place(
    browser: Client, submitted: Mock, wishes: dict[str, str], words: str
) -> None:
    page = browser.post(FORM, wishes).content.decode()
    assert words in page[page.index("field-error") :]
    submitted.assert_not_called()


def test_hosts_stay_chosen_while_something_else_is_wrong(browser: Client) -> None:
    chosen = Subscription.objects.get(host__name="db-1").host
    wishes = {"which": "hosts", "hosts": [chosen.pk], "install": "pg"}
    page = " ".join(browser.post(FORM, wishes).content.decode().split())
    assert f'value="{chosen.pk}" id="host-{chosen.pk}" checked>' in page
    assert page.count("checked") == 2  # “chosen ones”, and db-1 among them


def test_only_followers_can_be_chosen(browser: Client) -> None:
    page = browser.get(f"{FORM}?host=stray").content.decode()
    assert "stray" not in page
    page = browser.get(f"{FORM}?host=db-1").content.decode()
    assert page.count("checked") == 2  # “chosen ones”, and db-1 among them


def test_a_repository_without_followers_says_what_to_do(browser: Client) -> None:
    Subscription.objects.all().delete()
    assert "No host follows pbins yet" in browser.get(FORM).content.decode()


def test_a_rollout_shows_every_host_and_stops_asking_when_all_have_ended(browser: Client) -> None:
    browser.post(FORM, {"which": "all"})
    rollout = Rollout.objects.get()
    live = f"/rollouts/{rollout.pk}/live"
    first, *others = rollout.runs.all()
    Run.objects.filter(pk=first.pk).update(state=RunState.FAILED, reason="No route to host.")
    page = " ".join(browser.get(f"/rollouts/{rollout.pk}/").content.decode().split())
    assert "1 of 3 hosts done" in page
    assert "No route to host." in page
    assert live in page
    Run.objects.filter(pk__in=[run.pk for run in others]).update(state=RunState.SUCCEEDED)
    assert "hx-get" not in browser.get(live).content.decode()


def test_a_rollout_in_batches_can_go_on_or_be_cancelled(browser: Client) -> None:
    browser.post(FORM, {"which": "all", "batch": "1", "stop_after": "1"})
    rollout = Rollout.objects.get()
    assert rollout.batches == 3
    address = f"/rollouts/{rollout.pk}/"
    assert "Batch 1 of 3 is under way" in browser.get(address).content.decode()
    rollout.runs.filter(batch=0).update(state=RunState.FAILED)
    assert "The rollout has stopped: 1 of its hosts" in browser.get(address).content.decode()
    browser.post(f"{address}go-on")
    assert "The rollout has stopped" not in browser.get(address).content.decode()
    asked = browser.post(f"{address}cancel").content.decode()
    assert "Type 2, the number of hosts that wait" in asked
    typed = {"shown": "2", "count": "2"}
    told = browser.post(f"{address}cancel", typed, follow=True).content.decode()
    assert "2 runs cancelled before they began." in told


def test_a_retry_stands_for_what_it_retries(browser: Client) -> None:
    browser.post(FORM, {"which": "all"})
    rollout = Rollout.objects.get()
    failed = rollout.runs.all()[0]
    retry = Run.objects.create(
        kind=RunKind.SYNC, host=failed.host, rollout=rollout, retry_of=failed
    )
    page = browser.get(f"/rollouts/{rollout.pk}/").content.decode()
    assert f"/runs/{retry.pk}/" in page
    assert f"/runs/{failed.pk}/" not in page


def test_the_number_of_queries_does_not_grow_with_hosts(
    browser: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    channel = Subscription.objects.all()[0].channel
    for number in range(20):
        Subscription.objects.create(host=make_host(f"host-{number}"), channel=channel)
    with django_assert_max_num_queries(14):
        browser.get(FORM)
    browser.post(FORM, {"which": "all"})
    with django_assert_max_num_queries(10):
        browser.get(f"/rollouts/{Rollout.objects.get().pk}/")


def test_a_rollout_without_batches_can_be_cut_short_and_its_bad_ends_retried(
    browser: Client, submitted: Mock
) -> None:
    browser.post(FORM, {"which": "all"})
    rollout = Rollout.objects.get()
    address = f"/rollouts/{rollout.pk}/"
    page = browser.get(address).content.decode()
    assert "3 hosts wait to begin." in " ".join(page.split())
    assert f'action="{address}cancel"' in page
    failed = rollout.runs.all()[0]
    Run.objects.filter(pk=failed.pk).update(state=RunState.FAILED)
    told = browser.post(f"{address}retry", follow=True).content.decode()
    assert "1 host tried again." in told
    assert submitted.call_args.args == (failed.retries.get(),)
    told = browser.post(f"{address}retry", follow=True).content.decode()
    assert "there is nothing to retry" in told
    typed = {"shown": "3", "count": "3"}
    told = browser.post(f"{address}cancel", typed, follow=True).content.decode()
    assert "3 runs cancelled" in told


def test_a_viewer_is_told_why_a_rollout_stopped_and_offered_nothing(
    browser: Client, viewer: User, log_in: Callable[[User], Client]
) -> None:
    browser.post(FORM, {"which": "all", "batch": "1", "stop_after": "1"})
    rollout = Rollout.objects.get()
    rollout.runs.filter(batch=0).update(state=RunState.FAILED)
    page = log_in(viewer).get(f"/rollouts/{rollout.pk}/").content.decode()
    assert "The rollout has stopped: 1 of its hosts" in page
    assert f"/rollouts/{rollout.pk}/cancel" not in page
