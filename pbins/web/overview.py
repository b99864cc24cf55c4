"""What several pages show of the whole: channel heads, what fails, what is new."""

from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from pbins.models import (
    Change,
    ChangeKind,
    Channel,
    Entry,
    Run,
    RunKind,
    RunState,
    Step,
    StepState,
    Subscription,
)

BAD_ENDS = (RunState.FAILED, RunState.PARTIAL, RunState.LOST)


@dataclass(frozen=True, slots=True)
class ChannelHead:
    """A channel, how many versions it holds, and how many of its followers are at its head."""

    channel: Channel
    versions: int
    withheld: int
    followers: int
    current: int

    @property
    def behind(self) -> int:
        return self.followers - self.current


def channel_heads(channels: QuerySet[Channel]) -> list[ChannelHead]:
    """Counted in two queries, however many channels there are."""
    found = list(channels.select_related("repository"))
    is_withheld, at_head = ~Q(withheld=""), Q(commit=F("channel__commit")) & ~Q(commit="")
    entries = Entry.objects.filter(channel__in=found).order_by().values_list("channel_id")
    held = {
        channel: counts
        for channel, *counts in entries.annotate(
            Count("pk"), kept_back=Count("pk", filter=is_withheld)
        )
    }
    followers = Subscription.objects.filter(channel__in=found).order_by().values_list("channel_id")
    following = {
        channel: counts
        for channel, *counts in followers.annotate(Count("pk"), current=Count("pk", filter=at_head))
    }
    return [
        ChannelHead(channel, *held.get(channel.pk, (0, 0)), *following.get(channel.pk, (0, 0)))
        for channel in found
    ]


def latest_changes() -> QuerySet[Change]:
    """New binaries, the newest first."""
    return Change.objects.exclude(kind=ChangeKind.REMOVED).select_related(
        "channel__repository", "pbin__tarball", "publication"
    )


def failing_packages() -> QuerySet[Step]:
    """The last build of a package in a repository, where that one failed."""
    later = Step.objects.filter(
        name=OuterRef("name"),
        run__repository=OuterRef("run__repository"),
        state__in=(StepState.SUCCEEDED, StepState.FAILED),
        pk__gt=OuterRef("pk"),
    )
    return (
        Step.objects.filter(~Exists(later), state=StepState.FAILED, run__kind=RunKind.BUILD)
        .select_related("run__repository", "run__host")
        .order_by("-pk")
    )


def failing_runs() -> QuerySet[Run]:
    """Runs that ended badly and that no newer one of the same kind has followed on that host."""
    newer = Run.objects.filter(
        Q(repository=OuterRef("repository")) | Q(repository=None),
        host=OuterRef("host"),
        kind=OuterRef("kind"),
        pk__gt=OuterRef("pk"),
    )
    return (
        Run.objects.filter(~Exists(newer), state__in=BAD_ENDS)
        .select_related("host", "repository")
        .order_by("-pk")
    )
