"""Channels: begun, promoted to, rolled back and removed; exactly what was shown, or nothing."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from pbins.models import (
    Change,
    Channel,
    Entry,
    Host,
    Pbin,
    Publication,
    PublicationKind,
    PublicationState,
    Repository,
    Run,
    RunKind,
    Subscription,
)
from pbins.services import withdrawing
from pbins.services.arrivals import Arrival
from pbins.services.channels import remove_channel
from pbins.services.errors import Refused
from pbins.services.moves import Move, carry_out, check_as_seen, plan_promotion, plan_rollback
from pbins.services.places import git_of, places
from pbins.services.publishing import move_channel, publish, settle_publications
from pbins.services.scrubbing import scrub
from pbins.storage.errors import GitError
from tests.factories import make_host, make_run
from tests.releases import begin, commit_message
from tests.releases import release as release_in
from tests.services.test_publishing import (
    Crash,
    after_the_move,
    before_the_commit,
    before_the_move,
    before_the_row,
    seen_by_hosts,
)

Publish = Callable[..., Publication]


@pytest.fixture
def master(repository: Repository) -> Channel:
    return repository.channels.get()


@pytest.fixture
def release(master: Channel) -> Publish:
    """Publish one version in master."""
    return partial(release_in, master)


@pytest.fixture
def stable(master: Channel) -> Channel:
    return begin("stable", master)


def versions(channel: Channel) -> set[str]:
    return {f"{entry.name}-{entry.version}" for entry in channel.entries.served()}


def told(move: Move) -> list[str]:
    return [f"{change.kind} {change.name}-{change.version}" for change in move.changes]


def ledger(publication: Publication) -> set[str]:
    return {str(change) for change in publication.changes.all()}


def tree(channel: Channel) -> dict[str, bytes]:
    git = git_of(channel.repository)
    return git.files(git.head(channel.name) or "")


def test_a_channel_begins_with_what_another_one_serves(master: Channel, release: Publish) -> None:
    release("sys-test/one")
    stable = begin("stable", master)
    assert tree(stable) == tree(master)
    assert versions(stable) == versions(master) == {"sys-test/one-1.0"}
    publication = Publication.objects.get(channel=stable)
    assert ledger(publication) == {"added sys-test/one-1.0"}
    assert stable.commit == publication.commit


@pytest.mark.parametrize("content", [None, b"another"])
def test_a_channel_does_not_begin_with_what_hosts_could_not_be_given(
    master: Channel, release: Publish, content: bytes | None
) -> None:
    release("sys-test/whole")
    release("sys-test/lost")
    (lost,) = places().distfiles("pbins").glob("*--lost-*")
    lost.unlink()
    if content:
        lost.write_bytes(content)
    with pytest.raises(Refused, match=r"sys-test/lost-1\.0.*its tarball .*Health of pbins") as told:
        begin("stable", master)
    assert "whole" not in str(told.value)
    assert [channel.name for channel in master.repository.channels.all()] == ["master"]
    assert git_of(master.repository).heads().keys() == {"master"}


def test_what_arrives_later_is_not_in_it(
    master: Channel, stable: Channel, release: Publish
) -> None:
    release("sys-test/one")
    assert versions(stable) == set()
    assert seen_by_hosts(stable)[1] == set()


@pytest.mark.parametrize(
    "name", ["", "HEAD", "a b", "a/b", "-x", "a..b", "x.lock", "été", "x" * 65, "master"]
)
def test_what_can_not_be_a_channel_is_refused(master: Channel, name: str) -> None:
    with pytest.raises(Refused, match=r"can't be the name|already has"):
        begin(name, master)
    assert Channel.objects.count() == 1


def test_to_promote_the_whole_makes_channels_the_same(
    master: Channel, release: Publish, otto: User
) -> None:
    release("sys-test/one")
    release("sys-test/two")
    stable = begin("stable", master)
    release("sys-test/one", build=2)
    release("sys-test/three")
    move_channel(
        channel=master,
        expected=seen_by_hosts(master)[0] or "",
        arrivals=[],
        removed=[Pbin.objects.get(package="two")],
        message="Withdraw two",
    )
    move = plan_promotion(source=master, target=stable)
    assert told(move) == [
        "replaced sys-test/one-1.0",
        "added sys-test/three-1.0",
        "removed sys-test/two-1.0",
    ]
    publication = carry_out(move, asked_by=otto)
    assert ledger(publication) == set(told(move))
    assert {path: text for path, text in tree(stable).items() if "packages" in path} == {
        path: text for path, text in tree(master).items() if "packages" in path
    }
    assert versions(stable) == versions(master)
    assert "Asked for by otto" in publication.message
    assert "- sys-test/one-1.0 replaced" in commit_message(publication)
    assert "Asked for by otto." in commit_message(publication)
    assert not plan_promotion(source=master, target=stable).changes


def test_promoted_packages_bring_what_they_need_at_run_time_and_nothing_else(
    master: Channel, stable: Channel, release: Publish
) -> None:
    release("sys-test/compiler")
    release("sys-test/deep")
    release("sys-test/libfoo", "1.0")
    release("sys-test/libfoo", "2.0", run="sys-test/deep")
    release("sys-test/other")
    release("sys-test/app", run=">=sys-test/libfoo-1.5 sys-test/from-source")
    move = plan_promotion(source=master, target=stable, specs=["sys-test/app"])
    assert told(move) == [
        "added sys-test/app-1.0",
        "added sys-test/deep-1.0",
        "added sys-test/libfoo-2.0",
    ]
    carry_out(move, asked_by=None)
    assert versions(stable) == {"sys-test/app-1.0", "sys-test/deep-1.0", "sys-test/libfoo-2.0"}


def test_what_the_target_has_already_is_good_enough(master: Channel, release: Publish) -> None:
    release("sys-test/libfoo", "1.0")
    stable = begin("stable", master)
    release("sys-test/libfoo", "2.0")
    release("sys-test/app", run="sys-test/libfoo")
    move = plan_promotion(source=master, target=stable, specs=["sys-test/app"])
    assert told(move) == ["added sys-test/app-1.0"]


def test_one_of_a_choice_is_enough(master: Channel, stable: Channel, release: Publish) -> None:
    release("sys-test/ssl-b")
    release("sys-test/ssl-c")
    release("sys-test/app", run="|| ( sys-test/ssl-a sys-test/ssl-b sys-test/ssl-c )")
    move = plan_promotion(source=master, target=stable, specs=["sys-test/app"])
    assert told(move) == ["added sys-test/app-1.0", "added sys-test/ssl-b-1.0"]


@pytest.mark.parametrize("spec", ["sys-test/nothing", "=sys-test/one-2", "one", "*/one", "a b"])
def test_a_spec_that_names_nothing_is_refused(
    master: Channel, stable: Channel, release: Publish, spec: str
) -> None:
    release("sys-test/one")
    with pytest.raises(Refused):
        plan_promotion(source=master, target=stable, specs=[spec])


def test_a_roll_back_brings_exactly_what_was(master: Channel, release: Publish) -> None:
    release("sys-test/one")
    good = release("sys-test/two")
    before = tree(master)
    release("sys-test/one", build=2)
    release("sys-test/new")
    move = plan_rollback(channel=master, publication=good)
    assert told(move) == ["removed sys-test/new-1.0", "replaced sys-test/one-1.0"]
    publication = carry_out(move, asked_by=None)
    assert tree(master) == before
    assert versions(master) == {"sys-test/one-1.0", "sys-test/two-1.0"}
    assert ledger(publication) == set(told(move))
    assert str(good.pk) in publication.message


def test_a_roll_back_can_be_rolled_back(master: Channel, release: Publish) -> None:
    good = release("sys-test/one")
    newer = release("sys-test/two")
    after = tree(master)
    carry_out(plan_rollback(channel=master, publication=good), asked_by=None)
    carry_out(plan_rollback(channel=master, publication=newer), asked_by=None)
    assert tree(master) == after


def test_what_lost_its_tarball_or_was_withheld_since_does_not_come_back(
    master: Channel, release: Publish
) -> None:
    first = Publication.objects.get()
    release("sys-test/bad")
    release("sys-test/gone")
    good = release("sys-test/good")
    carry_out(plan_rollback(channel=master, publication=first), asked_by=None)
    bad = Pbin.objects.get(package="bad")
    publish(channel=master, arrivals=[Arrival(bad, "It breaks hosts.")], message="")
    next(places().distfiles("pbins").glob("*gone*")).unlink()
    move = plan_rollback(channel=master, publication=good)
    assert [change.name for change in move.left_out] == ["sys-test/bad", "sys-test/gone"]
    carry_out(move, asked_by=None)
    assert versions(master) == {"sys-test/good-1.0"}
    assert Entry.objects.get(package="bad").withheld == "It breaks hosts."


def test_a_promotion_whose_tarball_is_gone_is_refused(
    master: Channel, stable: Channel, release: Publish
) -> None:
    release("sys-test/one")
    next(places().distfiles("pbins").glob("*one*")).unlink()
    before = tree(stable)
    with pytest.raises(Refused, match=r"sys-test/one-1\.0: its tarball is not here"):
        carry_out(plan_promotion(source=master, target=stable), asked_by=None)
    assert tree(stable) == before


def is_cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def is_altered_as_a_scrub_found(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[30] ^= 1
    path.write_bytes(content)
    scrub(repository=Repository.objects.get(), full=True)


@pytest.mark.parametrize("happens", [is_cut, is_altered_as_a_scrub_found])
def test_a_damaged_tarball_is_neither_promoted_nor_rolled_back_to(
    master: Channel, stable: Channel, release: Publish, happens: Callable[[Path], None]
) -> None:
    first = release("sys-test/one")
    happens(next(places().distfiles("pbins").glob("*one*")))
    with pytest.raises(Refused, match=r"sys-test/one-1\.0: its tarball .*Nothing was changed"):
        carry_out(plan_promotion(source=master, target=stable), asked_by=None)
    assert versions(stable) == set()
    withdraw = plan_rollback(channel=master, publication=master.publications.order_by("pk")[0])
    carry_out(withdraw, asked_by=None)
    back = plan_rollback(channel=master, publication=first)
    assert [change.name for change in back.left_out] == ["sys-test/one"]
    assert not back.changes


def test_nothing_is_rolled_back_to_what_was_only_taken_in_as_history(
    master: Channel, release: Publish
) -> None:
    release("sys-test/one")
    past = master.publications.order_by("pk")[0]
    Publication.objects.filter(pk=past.pk).update(kind=PublicationKind.HISTORY)
    past.refresh_from_db()
    with pytest.raises(Refused, match="nobody has checked it"):
        plan_rollback(channel=master, publication=past)


def test_a_withdrawn_version_stays_in_the_catalogue_with_the_reason(
    master: Channel, release: Publish
) -> None:
    release("sys-test/one")
    pbin = Pbin.objects.get()
    publication = move_channel(
        channel=master,
        expected=seen_by_hosts(master)[0] or "",
        arrivals=[Arrival(pbin, "It is broken.")],
        removed=[pbin],
        message="Withdraw it",
    )
    assert publication is not None
    assert seen_by_hosts(master)[1] == set()
    assert not any("Manifest" in path for path in tree(master))
    assert Entry.objects.get().withheld == "It is broken."
    assert ledger(publication) == {"removed sys-test/one-1.0"}


def test_nothing_moves_when_something_was_published_meanwhile(
    master: Channel, stable: Channel, release: Publish
) -> None:
    release("sys-test/one")
    seen = plan_promotion(source=master, target=stable)
    carry_out(seen, asked_by=None)
    with pytest.raises(Refused, match="no longer at"):
        carry_out(seen, asked_by=None)
    release("sys-test/two")
    now = plan_promotion(source=master, target=stable)
    with pytest.raises(Refused, match="published since"):
        check_as_seen(now, head=seen.head, source=seen.source, count="1")


@pytest.mark.parametrize("count", ["", "2", "one"])
def test_the_count_is_asked_back(
    master: Channel, stable: Channel, release: Publish, count: str
) -> None:
    release("sys-test/one")
    move = plan_promotion(source=master, target=stable)
    with pytest.raises(Refused, match="Type 1"):
        check_as_seen(move, head=move.head, source=move.source, count=count)
    check_as_seen(move, head=move.head, source=move.source, count=" 1 ")


def test_a_move_that_changes_nothing_is_refused(master: Channel, stable: Channel) -> None:
    with pytest.raises(Refused, match="nothing to change"):
        carry_out(plan_promotion(source=master, target=stable), asked_by=None)
    with pytest.raises(Refused, match="to itself"):
        plan_promotion(source=master, target=master)


@pytest.mark.parametrize(
    ("when", "is_new"),
    [
        (before_the_commit, False),
        (before_the_row, False),
        (before_the_move, False),
        (after_the_move, True),
    ],
)
def test_a_crash_in_a_move_leaves_the_old_or_the_new_state(
    master: Channel,
    release: Publish,
    monkeypatch: pytest.MonkeyPatch,
    when: Callable[[pytest.MonkeyPatch], None],
    *,
    is_new: bool,
) -> None:
    good = release("sys-test/one")
    release("sys-test/one", build=2)
    release("sys-test/two")
    before = versions(master)
    move = plan_rollback(channel=master, publication=good)
    with monkeypatch.context() as crashing:
        when(crashing)
        with pytest.raises(Crash):
            carry_out(move, asked_by=None)
    settle_publications(master.repository)
    master.refresh_from_db()
    assert versions(master) == ({"sys-test/one-1.0"} if is_new else before)
    assert len(seen_by_hosts(master)[1]) == len(versions(master))
    assert master.commit == seen_by_hosts(master)[0]
    assert Change.objects.filter(kind="removed").count() == int(is_new)
    assert not Publication.objects.filter(state=PublicationState.PREPARED).exists()


@pytest.mark.parametrize("when", [before_the_commit, before_the_move, after_the_move])
def test_a_channel_that_a_crash_left_unfinished_can_be_made_again(
    master: Channel,
    release: Publish,
    monkeypatch: pytest.MonkeyPatch,
    when: Callable[[pytest.MonkeyPatch], None],
) -> None:
    release("sys-test/one")
    with monkeypatch.context() as crashing:
        when(crashing)
        with pytest.raises(Crash):
            begin("stable", master)
    settle_publications(master.repository)
    stable = master.repository.channels.get(name="stable")
    if not stable.commit:
        stable = begin("stable", master)
    assert versions(stable) == {"sys-test/one-1.0"}
    assert stable.commit == seen_by_hosts(stable)[0]


def test_a_channel_is_removed_once_nobody_follows_it(master: Channel, stable: Channel) -> None:
    host: Host = make_host("web")
    following = Subscription.objects.create(host=host, channel=stable)
    with pytest.raises(Refused, match="web"):
        remove_channel(channel=stable)
    following.delete()
    run = make_run(RunKind.SYNC, host=host, repository=master.repository)
    Run.objects.filter(pk=run.pk).update(channel=stable)
    remove_channel(channel=stable)
    assert git_of(master.repository).heads().keys() == {"master"}
    assert [one.name for one in master.repository.channels.all()] == ["master"]
    assert Run.objects.get().channel == stable
    with pytest.raises(Refused, match="can't be removed"):
        remove_channel(channel=master)


def test_a_removed_channel_can_be_made_again_and_keeps_its_ledger(
    master: Channel, release: Publish
) -> None:
    release("sys-test/one")
    first = begin("stable", master)
    remove_channel(channel=first)
    again = begin("stable", master)
    assert again.commit
    assert again.pk != first.pk
    assert [ledger(one) for one in first.publications.all()] == [{"added sys-test/one-1.0"}]
    assert str(first.publications.get().channel) == "pbins/stable"
    assert versions(first) == set()


def test_nothing_is_published_to_a_channel_that_was_removed_meanwhile(
    master: Channel, stable: Channel, release: Publish
) -> None:
    release("sys-test/one")
    move = plan_promotion(source=master, target=stable)
    remove_channel(channel=stable)
    with pytest.raises(Refused, match="was removed"):
        carry_out(move, asked_by=None)
    with pytest.raises(Refused, match="was removed"):
        publish(channel=stable, arrivals=[], message="")


@pytest.mark.usefixtures("stable")
def test_a_publication_tells_what_it_was_made_for(master: Channel, release: Publish) -> None:
    good = release("sys-test/one")
    release("sys-test/two")
    stable = Channel.objects.get(name="stable")
    carry_out(plan_promotion(source=master, target=stable), asked_by=None)
    carry_out(plan_rollback(channel=master, publication=good), asked_by=None)
    kinds = [(one.channel.name, one.kind) for one in Publication.objects.order_by("pk")]
    assert kinds == [
        ("master", "begin"),
        ("stable", "begin"),
        ("master", "arrival"),
        ("master", "arrival"),
        ("stable", "promotion"),
        ("master", "rollback"),
    ]


@pytest.fixture
def otto(db: None) -> User:
    return User.objects.create_user("otto")


def test_who_is_refused_half_way_is_told_which_channels_moved(
    master: Channel, stable: Channel, release: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    release("sys-test/one")
    carry_out(plan_promotion(source=master, target=stable), asked_by=None)

    def moves(**asked: Any) -> Publication | None:
        if asked["channel"] == stable:
            raise GitError("update-ref", 128, "broken")
        return move_channel(**asked)

    monkeypatch.setattr(withdrawing, "move_channel", moves)
    pbins = [Pbin.objects.get(package="one")]
    with pytest.raises(Refused) as refused:
        withdrawing.quarantine(pbins=pbins, reason="Damaged.", asked_by=None)
    made = master.publications.latest("pk")
    assert f"Changed before that: master (publication {made.pk})" in str(refused.value)
    assert "Nothing more was changed" in str(refused.value)
    with pytest.raises(Refused, match=r"^Nothing was changed"):
        withdrawing.quarantine(pbins=pbins, reason="Damaged.", asked_by=None)
