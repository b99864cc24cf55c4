"""``channel policy``: what a channel allows and waits for; options change what they name."""

from argparse import Namespace
from collections.abc import Iterator

from django.contrib.auth.models import Group
from django.core.management.base import CommandParser
from django.utils import timezone

from pbins.api.shapes import Shape
from pbins.management.finding import channel_named, host_named
from pbins.models import Channel, ChannelPolicy
from pbins.services.canaries import outlook_of
from pbins.services.errors import Refused
from pbins.services.policies import policy_of, set_policy, who_may_move


def add_policy_options(parser: CommandParser) -> None:
    parser.add_argument("name", metavar="CHANNEL")
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--from", dest="source", metavar="CHANNEL", help="promote by itself from")
    source.add_argument("--by-hand", action="store_true", help="let people alone promote to it")
    parser.add_argument("--hours", type=int, help="how long canaries must have had it")
    parser.add_argument(
        "--canary", metavar="HOST", action="append", help="again for each; '' for all followers"
    )
    parser.add_argument(
        "--mover", metavar="GROUP", action="append", help="again for each; '' for every operator"
    )


def policy_asked(channel: Channel, chosen: Namespace) -> ChannelPolicy:
    """The policy, with what the options change. Raises Refused."""
    policy = policy_of(channel)
    asked = (chosen.source, chosen.by_hand or None, chosen.hours, chosen.canary, chosen.mover)
    if all(one is None for one in asked):
        return policy
    source = policy.source
    if chosen.by_hand:
        source = None
    elif chosen.source is not None:
        source = channel_named(channel.repository, chosen.source)
    canaries = list(policy.canaries.all()) if policy.pk else []
    if chosen.canary is not None:
        canaries = [host_named(name) for name in chosen.canary if name]
    movers = list(policy.movers.all()) if policy.pk else []
    if chosen.mover is not None:
        movers = [_group(name) for name in chosen.mover if name]
    hours = policy.hours if chosen.hours is None else chosen.hours
    return set_policy(channel=channel, movers=movers, source=source, hours=hours, canaries=canaries)


def policy_shape(policy: ChannelPolicy) -> Shape:
    outlook = outlook_of(policy)
    return {
        "channel": policy.channel.name,
        "movers": [group.name for group in policy.movers.all()] if policy.pk else [],
        "from": policy.source.name if policy.source else None,
        "hours": policy.hours,
        "waits_for": outlook.in_words(timezone.now()) if outlook else "",
        "due_at": outlook.due_at if outlook else None,
        "refusal": policy.refusal,
        "canaries": [
            {"host": one.host.name, "well_since": one.since, "trouble": one.trouble}
            for one in (outlook.canaries if outlook else ())
        ],
    }


def policy_lines(policy: ChannelPolicy, shape: Shape) -> Iterator[str]:
    name = shape["channel"]
    yield f"{name} may be promoted to and rolled back by {who_may_move(policy)}"
    yield shape["waits_for"] or f"{name} moves only when people move it"
    for one in shape["canaries"]:
        yield f"    {one['host']}: {one['trouble'] or 'has it, all well'}"
    if shape["refusal"]:
        yield shape["refusal"]


def _group(name: str) -> Group:
    found = Group.objects.filter(name=name).first()
    if found is None:
        names = ", ".join(Group.objects.order_by("name").values_list("name", flat=True))
        raise Refused(f"There is no group {name}. Known: {names}.")
    return found
