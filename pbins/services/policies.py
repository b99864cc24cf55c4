"""Who may move a channel, and whether it moves by itself: what people set, and what holds then."""

from collections.abc import Sequence

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User
from django.db import transaction

from pbins.models import DEFAULT_CHANNEL, Channel, ChannelPolicy, Host, Repository
from pbins.roles import Role
from pbins.services.errors import Refused
from pbins.services.people import may

LONGEST_HOURS = 24 * 365
Person = AbstractBaseUser | AnonymousUser


def policy_of(channel: Channel) -> ChannelPolicy:
    """What is set; a row that is not stored where nothing is."""
    found = ChannelPolicy.objects.select_related("source", "channel__repository")
    return found.filter(channel=channel).first() or ChannelPolicy(channel=channel)


@transaction.atomic
def set_policy(
    *,
    channel: Channel,
    movers: Sequence[Group] = (),
    source: Channel | None = None,
    hours: int = 24,
    canaries: Sequence[Host] = (),
) -> ChannelPolicy:
    """Set all of a channel's policy at once. Raises Refused with what can't be."""
    _check_source(channel, source)
    if not 0 <= hours <= LONGEST_HOURS:
        raise Refused(f"{hours} is not a number of hours from 0 to {LONGEST_HOURS}.")
    others = [host.name for host in canaries if not host.is_consumer]
    if others:
        raise Refused(f"{', '.join(others)}: not a consumer, so nothing can be tried there.")
    policy, _ = ChannelPolicy.objects.get_or_create(channel=channel)
    if policy.source != source:
        policy.promoted_commit = ""
    policy.source, policy.hours, policy.refusal = source, hours, ""
    policy.save()
    policy.movers.set(movers)
    policy.canaries.set(canaries)
    return policy


def may_move(user: Person, channel: Channel) -> bool:
    """Whether somebody may promote to a channel and roll it back."""
    return channel in movable_channels(user, channel.repository)


def movable_channels(user: Person, repository: Repository) -> list[Channel]:
    """The channels that somebody may promote to and roll back; as many queries for any number."""
    channels = list(repository.channels.select_related("repository"))
    if isinstance(user, User) and user.is_active and user.is_superuser:
        return channels
    is_operator = may(user, Role.OPERATOR)
    mine = set(user.groups.values_list("pk", flat=True)) if isinstance(user, User) else set()
    policies = ChannelPolicy.objects.filter(channel__repository=repository)
    named: dict[int, set[int]] = {}
    for channel, group in policies.exclude(movers=None).values_list("channel", "movers"):
        named.setdefault(channel, set()).add(group)
    return [
        channel
        for channel in channels
        if (bool(named[channel.pk] & mine) if channel.pk in named else is_operator)
    ]


def who_may_move(policy: ChannelPolicy) -> str:
    """In words, for a page."""
    groups = policy.movers.values_list("name", flat=True) if policy.pk else ()
    return f"members of {', '.join(sorted(groups))}" if groups else "every operator"


def _check_source(channel: Channel, source: Channel | None) -> None:
    if source is None:
        return
    if source.repository_id != channel.repository_id or source.pk == channel.pk:
        raise Refused(f"{channel} can only follow another channel of {channel.repository}.")
    if channel.name == DEFAULT_CHANNEL:
        raise Refused(
            f"Builds arrive in {DEFAULT_CHANNEL}; made equal to {source.name} by itself, it would"
            " lose what arrived since. Promote to it by hand."
        )
    seen = {channel.pk}
    behind: Channel | None = source
    while behind is not None:
        if behind.pk in seen:
            raise Refused(
                f"{source.name} itself follows {channel.name}; they would go in a circle."
            )
        seen.add(behind.pk)
        behind = policy_of(behind).source
