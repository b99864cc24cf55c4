from datetime import timedelta

import pytest
from django.utils import timezone

from pbins.models import Channel, LagSample, Subscription
from pbins.services.lag import Lag, lag_of, take_lag_samples
from tests.factories import NOON, make_channel, make_host, make_publication

pytestmark = pytest.mark.django_db


def follow(channel: Channel, *commits: str) -> None:
    for commit in commits:
        host = make_host(f"host-{Subscription.objects.count()}")
        Subscription.objects.create(host=host, channel=channel, commit=commit)


@pytest.fixture
def channel() -> Channel:
    """One with three publications, an hour apart; the last one is its head."""
    made = make_channel()
    for hours in range(3):
        made.commit = make_publication(made, at=NOON + timedelta(hours=hours)).commit
    made.save()
    return made


def test_a_channel_counts_who_is_not_at_its_head(channel: Channel) -> None:
    first, second, head = channel.publications.order_by("pk").values_list("commit", flat=True)
    follow(channel, head, second, first, first)
    assert lag_of([channel]) == {channel.pk: Lag(4, 3, NOON + timedelta(hours=1))}


def test_nobody_is_behind_when_all_have_the_head(channel: Channel) -> None:
    follow(channel, channel.commit, channel.commit)
    assert lag_of([channel]) == {channel.pk: Lag(2, 0, None)}


def test_a_host_that_never_synced_is_behind_for_nobody_knows_how_long(channel: Channel) -> None:
    follow(channel, "", "an unknown commit")
    assert lag_of([channel]) == {channel.pk: Lag(2, 2, None)}


def test_channels_do_not_mix(channel: Channel) -> None:
    other = make_channel(channel.repository, "testing")
    follow(channel, channel.commit)
    follow(other, channel.commit)
    assert lag_of([channel, other])[channel.pk].behind == 0
    assert lag_of([channel, other])[other.pk].behind == 1


def test_samples_are_taken_of_channels_that_somebody_follows(channel: Channel) -> None:
    make_channel(channel.repository, "testing")
    follow(channel, channel.commit, channel.publications.order_by("pk")[1].commit)
    take_lag_samples()
    (sample,) = LagSample.objects.all()
    assert (sample.channel, sample.followers, sample.behind) == (channel, 2, 1)
    waited = (sample.at - NOON - timedelta(hours=2)).total_seconds()
    assert sample.longest == max(0, int(waited))


def test_samples_are_forgotten_after_a_year(channel: Channel) -> None:
    follow(channel, channel.commit)
    long_ago = timezone.now() - timedelta(days=401)
    LagSample.objects.create(channel=channel, at=long_ago, followers=1, behind=1)
    take_lag_samples()
    assert not LagSample.objects.filter(at=long_ago).exists()
