"""Channels that move by themselves: exactly when the canaries have shown what they had to."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
from django.contrib.auth.models import Group, User
from django.utils import timezone

from pbins.jobs.housekeeping import look_after_publications
from pbins.models import (
    Channel,
    ChannelPolicy,
    Host,
    Publication,
    Repository,
    Run,
    RunKind,
    RunState,
    Subscription,
)
from pbins.roles import Role
from pbins.services.canaries import Outlook, outlook_of, promote_by_policies
from pbins.services.channels import remove_channel
from pbins.services.errors import Refused
from pbins.services.moves import carry_out, plan_rollback
from pbins.services.people import give_role
from pbins.services.policies import may_move, movable_channels, policy_of, set_policy, who_may_move
from tests.factories import make_host
from tests.releases import begin, commit_message
from tests.releases import release as release_in

Publish = Callable[..., Publication]


@pytest.fixture
def master(repository: Repository) -> Channel:
    return repository.channels.get()


@pytest.fixture
def stable(master: Channel) -> Channel:
    return begin("stable", master)


@pytest.fixture
def release(master: Channel) -> Publish:
    return partial(release_in, master)


@pytest.fixture
def hosts(master: Channel) -> list[Host]:
    """Three that follow master and have nothing yet."""
    made = [make_host(f"web{number}") for number in range(3)]
    for host in made:
        Subscription.objects.create(host=host, channel=master)
    return made


def synced(host: Host, channel: Channel, *, hours_ago: float = 0) -> None:
    """The host was seen to have what the channel serves now."""
    channel.refresh_from_db()
    Subscription.objects.filter(host=host).update(
        commit=channel.commit, commit_at=before(hours_ago), synced_at=timezone.now()
    )


def sync_run(host: Host, channel: Channel, state: RunState, *, hours_ago: float) -> None:
    Run.objects.create(
        kind=RunKind.SYNC,
        host=host,
        repository=channel.repository,
        channel=channel,
        state=state,
        finished_at=before(hours_ago),
    )


def before(hours: float) -> datetime:
    return timezone.now() - timedelta(hours=hours)


def outlook(channel: Channel) -> Outlook:
    found = outlook_of(policy_of(channel))
    assert found is not None
    return found


def served(channel: Channel) -> set[str]:
    return {entry.package for entry in channel.entries.served()}


def words(channel: Channel) -> str:
    return outlook(channel).in_words(timezone.now())


def test_it_waits_until_every_canary_had_the_commit_for_that_long(
    master: Channel, stable: Channel, hosts: list[Host], release: Publish
) -> None:
    set_policy(channel=stable, source=master, hours=10)
    release("sys-test/one")
    master.refresh_from_db()
    assert words(stable) == "master → stable: 0 of 3 canaries have it, then 10 h"
    synced(hosts[0], master, hours_ago=30)
    synced(hosts[1], master, hours_ago=20)
    assert words(stable) == "master → stable: 2 of 3 canaries have it, then 10 h"
    synced(hosts[2], master, hours_ago=6.5)
    assert words(stable) == "master → stable: 3 of 3 canaries have it, 3 h to go"
    assert promote_by_policies() == []
    synced(hosts[2], master, hours_ago=10)
    assert len(promote_by_policies()) == 1
    assert served(stable) == {"one"}
    publication = stable.publications.first()
    assert publication is not None
    assert "Promoted by policy: 3 canaries had" in publication.message
    assert "by policy: 3 canaries had" in commit_message(publication)
    assert publication.kind == "promotion"
    assert words(stable) == "master → stable: promoted; waits for the next publication of master"
    assert promote_by_policies() == []


def test_a_later_publication_has_to_be_tried_from_the_start(
    master: Channel, stable: Channel, hosts: list[Host], release: Publish
) -> None:
    set_policy(channel=stable, source=master, hours=1)
    release("sys-test/one")
    for host in hosts:
        synced(host, master, hours_ago=5)
    release("sys-test/two")
    assert promote_by_policies() == []
    assert "0 of 3" in words(stable)


def test_a_failed_sync_holds_it_up_until_the_host_has_synced_again(
    master: Channel, stable: Channel, hosts: list[Host], release: Publish
) -> None:
    set_policy(channel=stable, source=master, hours=2)
    release("sys-test/one")
    for host in hosts:
        synced(host, master, hours_ago=9)
    sync_run(hosts[0], master, RunState.FAILED, hours_ago=12)
    assert outlook(stable).well == 3, "that was before it had the commit"
    sync_run(hosts[0], master, RunState.FAILED, hours_ago=4)
    assert promote_by_policies() == []
    assert [one.trouble for one in outlook(stable).canaries] == [
        "has it, but its last sync failed",
        "",
        "",
    ]
    sync_run(hosts[0], master, RunState.SUCCEEDED, hours_ago=1)
    assert words(stable).endswith("3 of 3 canaries have it, 1 h to go")
    Run.objects.filter(state=RunState.SUCCEEDED).update(finished_at=before(3))
    look_after_publications()
    assert served(stable) == {"one"}


def test_only_the_chosen_canaries_count(
    master: Channel, stable: Channel, hosts: list[Host], release: Publish
) -> None:
    set_policy(channel=stable, source=master, hours=0, canaries=[hosts[1]])
    release("sys-test/one")
    synced(hosts[1], master)
    assert len(promote_by_policies()) == 1


def test_without_any_canary_nothing_is_proven(
    master: Channel, stable: Channel, release: Publish
) -> None:
    set_policy(channel=stable, source=master, hours=0)
    release("sys-test/one")
    assert "nothing can be proven" in words(stable)
    assert promote_by_policies() == []
    stranger = make_host("other")
    set_policy(channel=stable, source=master, hours=0, canaries=[stranger])
    assert [one.trouble for one in outlook(stable).canaries] == ["does not follow master"]
    assert promote_by_policies() == []


def test_what_a_person_rolled_back_is_not_promoted_again(
    master: Channel, stable: Channel, hosts: list[Host], release: Publish
) -> None:
    set_policy(channel=stable, source=master, hours=0, canaries=hosts[:1])
    first = stable.publications.get()
    release("sys-test/bad")
    synced(hosts[0], master)
    assert len(promote_by_policies()) == 1
    carry_out(plan_rollback(channel=stable, publication=first), asked_by=None)
    assert promote_by_policies() == []
    assert served(stable) == set()


def test_a_promotion_that_is_refused_is_told_and_tried_again(
    master: Channel, stable: Channel, hosts: list[Host], release: Publish
) -> None:
    set_policy(channel=stable, source=master, hours=0, canaries=hosts[:1])
    publication = release("sys-test/one")
    synced(hosts[0], master)
    pbin = publication.changes.get().pbin
    assert pbin is not None
    assert pbin.tarball is not None
    pbin.tarball.is_present = False
    pbin.tarball.save()
    assert promote_by_policies() == []
    assert "sys-test/one-1.0: its tarball is not here" in ChannelPolicy.objects.get().refusal
    pbin.tarball.is_present = True
    pbin.tarball.save()
    assert len(promote_by_policies()) == 1
    assert ChannelPolicy.objects.get().refusal == ""


def test_policies_that_can_not_be_are_refused(master: Channel, stable: Channel) -> None:
    beta = begin("beta", master)
    set_policy(channel=stable, source=beta)
    with pytest.raises(Refused, match="circle"):
        set_policy(channel=beta, source=stable)
    with pytest.raises(Refused, match="Builds arrive in master"):
        set_policy(channel=master, source=stable)
    with pytest.raises(Refused, match="another channel"):
        set_policy(channel=stable, source=stable)
    with pytest.raises(Refused, match="hours"):
        set_policy(channel=stable, source=beta, hours=-1)
    with pytest.raises(Refused, match="not a consumer"):
        set_policy(channel=stable, canaries=[make_host("only-builds", is_consumer=False)])
    remove_channel(channel=beta)
    assert policy_of(stable).source is None


@pytest.mark.parametrize(
    ("role", "groups", "allowed"),
    [
        (Role.OPERATOR, [], {"master"}),
        (Role.OPERATOR, ["releasers"], {"master", "stable"}),
        (Role.VIEWER, ["releasers"], {"stable"}),
        (Role.VIEWER, [], set()),
    ],
)
def test_groups_that_are_named_may_move_a_channel_and_nobody_else(
    master: Channel, stable: Channel, role: Role, groups: list[str], allowed: set[str]
) -> None:
    releasers = Group.objects.create(name="releasers")
    person = User.objects.create_user("rita")
    give_role(person, role)
    person.groups.add(*Group.objects.filter(name__in=groups))
    policy = set_policy(channel=stable, movers=[releasers])
    person = User.objects.get(pk=person.pk)
    assert {one.name for one in movable_channels(person, master.repository)} == allowed
    assert may_move(person, stable) == ("stable" in allowed)
    assert who_may_move(policy) == "members of releasers"
    assert who_may_move(policy_of(master)) == "every operator"
