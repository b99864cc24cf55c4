"""Channels that follow another one by themselves, once hosts have shown that it does no harm.

Only what was read from hosts counts: the commit of their own clone, and how their syncs ended.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max, QuerySet
from django.utils import timezone

from pbins.models import (
    Channel,
    ChannelPolicy,
    Host,
    Repository,
    Run,
    RunKind,
    RunState,
    Subscription,
)
from pbins.models.run_state import BAD_ENDS
from pbins.services.moves import carry_out, followers_of, plan_promotion
from pbins.services.troubles import EXPECTED

TOLD = ("host_id", "commit", "commit_at")


@dataclass(frozen=True, slots=True)
class Canary:
    """A host where a channel is tried: since when all is well, or else what is the trouble."""

    host: Host
    since: datetime | None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a promotion by policy waits for; ``commit`` is what would be promoted."""

    source: Channel
    target: Channel
    commit: str
    hours: int
    canaries: tuple[Canary, ...]
    was_promoted: bool

    @property
    def well(self) -> int:
        return sum(1 for canary in self.canaries if canary.since is not None)

    @property
    def due_at(self) -> datetime | None:
        """When it will be promoted if nothing changes; None while a canary lacks something."""
        times = [canary.since for canary in self.canaries if canary.since is not None]
        if not times or len(times) < len(self.canaries):
            return None
        return max(times) + timedelta(hours=self.hours)

    def is_ready(self, now: datetime) -> bool:
        return not self.was_promoted and self.due_at is not None and self.due_at <= now

    def in_words(self, now: datetime) -> str:
        """As in: beta → stable: 3 of 5 canaries have it, 4 h to go."""
        what = f"{self.source.name} → {self.target.name}: "
        if self.was_promoted:
            return f"{what}promoted; waits for the next publication of {self.source.name}"
        if not self.canaries:
            return f"{what}no host follows {self.source.name}, so nothing can be proven"
        have = f"{self.well} of {len(self.canaries)} canaries have it"
        if self.due_at is None:
            return f"{what}{have}, then {self.hours} h"
        return f"{what}{have}, {_left(self.due_at - now)}"


def outlook_of(policy: ChannelPolicy) -> Outlook | None:
    """None for a channel that is moved by people only."""
    source = policy.source
    if source is None or not source.commit:
        return None
    return Outlook(
        source=source,
        target=policy.channel,
        commit=source.commit,
        hours=policy.hours,
        canaries=tuple(_canaries(policy, source)),
        was_promoted=policy.promoted_commit == source.commit,
    )


def outlooks_of(repository: Repository) -> list[tuple[Channel, str]]:
    """The channels that move by themselves, with what each waits for, in words."""
    now = timezone.now()
    policies = ChannelPolicy.objects.filter(channel__repository=repository, source__isnull=False)
    found = map(outlook_of, policies.select_related("source", "channel__repository"))
    return [(one.target, one.in_words(now)) for one in found if one is not None]


def promote_by_policies() -> list[ChannelPolicy]:
    """Promote what has waited long enough; the policies by which something was."""
    done = []
    policies = ChannelPolicy.objects.filter(source__isnull=False, channel__removed_at=None)
    for policy in policies.select_related("source__repository", "channel__repository"):
        outlook = outlook_of(policy)
        if outlook is None or not outlook.is_ready(timezone.now()):
            continue
        try:
            moved = _promote(outlook)
        except EXPECTED as error:  # told where the policy is; the others are not kept waiting
            _note(policy, refusal=str(error))
            continue
        if moved is not None:
            _note(policy, promoted_commit=outlook.commit, refusal="")
            done += [policy] if moved else []
    return done


def _promote(outlook: Outlook) -> bool | None:
    """Whether anything had to be changed; None when the source is no longer what was tried."""
    move = plan_promotion(source=outlook.source, target=outlook.target)
    if move.source != outlook.commit:
        return None
    if not move.changes:
        return False
    count = len(outlook.canaries)
    carry_out(
        move,
        asked_by=None,
        because=f"Promoted by policy: {count} canar{'y' if count == 1 else 'ies'} had"
        f" {outlook.commit[:12]} for {outlook.hours} h, and no sync failed.",
    )
    return True


def _note(policy: ChannelPolicy, **said: str) -> None:
    ChannelPolicy.objects.filter(pk=policy.pk).update(**said)


def _canaries(policy: ChannelPolicy, source: Channel) -> Iterator[Canary]:
    chosen: QuerySet[Host] = policy.canaries.all() if policy.pk else Host.objects.none()
    hosts = list(chosen.only("name") or followers_of(source).only("name"))
    following = {
        one.host_id: one
        for one in Subscription.objects.filter(channel=source, host__in=hosts).only(*TOLD)
    }
    failed = _last_failures(source, following.values())
    again = _good_ends_since(source, failed)
    for host in hosts:
        subscription = following.get(host.pk)
        if subscription is None:
            yield Canary(host, None, f"does not follow {source.name}")
        elif subscription.commit != source.commit or subscription.commit_at is None:
            yield Canary(host, None, _other_commit(subscription.commit))
        elif host.pk not in failed:
            yield Canary(host, subscription.commit_at)
        elif host.pk in again:
            yield Canary(host, again[host.pk])
        else:
            yield Canary(host, None, "has it, but its last sync failed")


def _other_commit(commit: str) -> str:
    return f"still has {commit[:12]}" if commit else "has nothing yet"


def _last_failures(source: Channel, following: Iterable[Subscription]) -> Mapping[int, datetime]:
    """When a sync last failed, by the keys of hosts where one did since they have the commit."""
    tried = {
        one.host_id: one.commit_at
        for one in following
        if one.commit == source.commit and one.commit_at is not None
    }
    if not tried:
        return {}
    failures = _syncs(source).filter(state__in=BAD_ENDS, finished_at__gte=min(tried.values()))
    latest = failures.order_by().values_list("host").annotate(last=Max("finished_at"))
    return {host: last for host, last in latest if host in tried and last >= tried[host]}


def _good_ends_since(source: Channel, failed: Mapping[int, datetime]) -> Mapping[int, datetime]:
    """When the first sync after that failure ended well, by the keys of the hosts where one did."""
    if not failed:
        return {}
    good = _syncs(source).filter(state=RunState.SUCCEEDED, finished_at__gt=min(failed.values()))
    ends: dict[int, datetime] = {}
    for host, ended in good.order_by("finished_at").values_list("host", "finished_at"):
        if host in failed and ended is not None and ended > failed[host]:
            ends.setdefault(host, ended)
    return ends


def _syncs(source: Channel) -> QuerySet[Run]:
    return Run.objects.filter(kind=RunKind.SYNC, channel=source)


def _left(rest: timedelta) -> str:
    minutes = max(0, -(-int(rest.total_seconds()) // 60))
    if minutes == 0:
        return "to be promoted now"
    return f"{minutes} min to go" if minutes < 60 else f"{minutes // 60} h to go"
