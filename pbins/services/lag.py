"""How far the hosts that follow a channel are behind it, now and over time."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, OuterRef, Subquery
from django.utils import timezone

from pbins.models import Channel, LagSample, Publication, PublicationState, Subscription

REMEMBERED = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Lag:
    """Hosts that follow a channel, and those of them that are not at its head.

    ``since``: when the one that is furthest behind could have taken what it lacks; None when
    nobody is behind, or those that are have never synced.
    """

    followers: int
    behind: int
    since: datetime | None


def lag_of(channels: Collection[Channel]) -> dict[int, Lag]:
    """By the channel's key, in two queries; channels that nobody follows are left out."""
    heads = {channel.pk: channel.commit for channel in channels}
    counted = (
        Subscription.objects.filter(channel__in=heads)
        .order_by()
        .values_list("channel_id", "commit")
        .annotate(count=Count("*"))
    )
    followers: dict[int, int] = defaultdict(int)
    late: dict[int, dict[str, int]] = defaultdict(dict)
    for channel, commit, count in counted:
        followers[channel] += count
        if not commit or commit != heads[channel]:
            late[channel][commit] = count
    overtaken = _overtaken({commit for commits in late.values() for commit in commits})
    return {
        channel: Lag(
            count,
            sum(late[channel].values()),
            min(
                (overtaken[channel, one] for one in late[channel] if (channel, one) in overtaken),
                default=None,
            ),
        )
        for channel, count in followers.items()
    }


def take_lag_samples() -> None:
    """Note how far hosts are behind every channel, and forget what is too old to matter."""
    now = timezone.now()
    LagSample.objects.bulk_create(
        LagSample(
            channel_id=channel,
            at=now,
            followers=lag.followers,
            behind=lag.behind,
            longest=int((now - lag.since).total_seconds()) if lag.since else 0,
        )
        for channel, lag in lag_of(Channel.objects.all()).items()
    )
    LagSample.objects.filter(at__lt=now - REMEMBERED).delete()


def _overtaken(commits: Collection[str]) -> dict[tuple[int, str], datetime]:
    """When the publication after each of these was made, by channel and commit."""
    later = Publication.objects.filter(
        channel=OuterRef("channel"), pk__gt=OuterRef("pk"), state=PublicationState.PUBLISHED
    ).order_by("pk")
    found = (
        Publication.objects.filter(commit__in=commits)
        .annotate(overtaken_at=Subquery(later.values("created_at")[:1]))
        .exclude(commit=F("channel__commit"))
        .order_by()
        .values_list("channel_id", "commit", "overtaken_at")
    )
    return {(channel, commit): at for channel, commit, at in found if at is not None}
