"""What would go is told as it was seen, and no longer once something has changed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from pbins.models import Channel, Pbin, Repository, Subscription, Tarball
from pbins.services import cleaning_plans, keeping
from pbins.services.cleaning import clean, plan_cleaning
from pbins.services.cleaning_plans import make_plan, plan_of
from pbins.services.pinning import pin_version
from tests.factories import make_host
from tests.stock import file_of, publish_version


@pytest.fixture
def repository(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """Three versions of a channel that keeps one, and a build that was replaced."""
    monkeypatch.setattr(keeping, "UNDER_WAY", timedelta(seconds=-60))
    Repository.objects.update(keep_publications=1, keep_days=0, keep_versions=1)
    channel = Channel.objects.select_related("repository").get()
    for number in (1, 2, 3):
        publish_version(channel, version=f"{number}.0")
    publish_version(channel, version="3.0", build=2)
    Tarball.objects.update(received_at=timezone.now() - timedelta(hours=1))
    return channel.repository


def published(repository: Repository) -> None:
    publish_version(repository.channels.get(), "sys-test/other")


def pinned(repository: Repository) -> None:
    pin_version(repository=repository, version="sys-test/hello-1.0")


def cleaned(repository: Repository) -> None:
    clean(repository=repository)


def policy_changed(repository: Repository) -> None:
    repository.keep_versions = 2
    repository.save()


def host_came(repository: Repository) -> None:
    first = repository.publications.order_by("pk")[1].commit
    channel = repository.channels.get()
    Subscription.objects.create(host=make_host("web"), channel=channel, commit=first)


def time_passed(repository: Repository) -> None:
    cleaning_plans.LASTS = timedelta(0)


def test_a_plan_is_what_a_collection_would_do(repository: Repository) -> None:
    assert plan_of(repository) is None
    made = make_plan(repository=repository)
    planned = plan_cleaning(repository=repository)
    old = Pbin.objects.get(version="3.0", tarball__name=planned.tarballs[0].name)
    assert (made.count, made.size) == (3, file_of(old).stat().st_size)
    assert made.tarballs == planned.tarballs
    assert [str(one.version) for one in made.leaving] == ["2.0", "1.0"]
    assert {one.channel for one in made.leaving} == {"master"}
    assert plan_of(repository) == made


@pytest.mark.parametrize(
    "change", [published, pinned, cleaned, policy_changed, host_came, time_passed]
)
def test_a_plan_is_told_no_more_when_it_may_be_untrue(
    repository: Repository,
    change: Callable[[Repository], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cleaning_plans, "LASTS", cleaning_plans.LASTS)  # put back afterwards
    make_plan(repository=repository)
    change(repository)
    assert plan_of(repository) is None


def test_only_the_first_are_told_one_by_one(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cleaning_plans, "SHOWN", 1)
    made = make_plan(repository=repository)
    assert (len(made.leaving), len(made.tarballs), made.more) == (1, 1, 1)
    assert plan_of(repository) == made
