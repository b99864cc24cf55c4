"""Hosts sync and install without a pause while the portal publishes, moves channels and cleans."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import count, cycle, islice
from pathlib import Path

import pytest

from demo.furnishing import git
from pbins.models import Channel, Repository
from pbins.services.cleaning import clean
from pbins.services.layouts import distfiles_url, git_url
from pbins.services.moves import Move, carry_out, plan_promotion, plan_rollback
from pbins.services.trashing import empty_trash
from pbins.services.withdrawing import remove_versions
from tests.fleets import CONSUMERS, Lab, make_consumer
from tests.followers import Consumer, Follower, Reader
from tests.releases import begin, release

MOVES = 50
READERS = 2
PACKAGES = ("sys-test/able", "sys-test/baker", "sys-test/charlie")
KEPT = 6
"""Publications: what a host that syncs all the time may lag behind."""


@pytest.fixture
def short_memory(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nothing needs goes at the next cleaning, and for good."""
    monkeypatch.setattr("pbins.services.keeping.UNDER_WAY", timedelta(0))
    repository.keep_days = repository.trash_days = 0
    repository.keep_publications, repository.keep_versions = KEPT, 1
    repository.save()


@pytest.mark.django_db(transaction=True)
def test_no_host_ever_fails_to_fetch_what_it_was_told_of(
    lab: Lab, repository: Repository, short_memory: None, tmp_path: Path
) -> None:
    master = repository.channels.get()
    for name in PACKAGES:
        release(master, name)
    stable = begin("stable", master)
    followers = list(_followers(lab, repository, [master, stable], tmp_path))
    with ExitStack() as stack:
        for follower in followers:
            stack.enter_context(follower)
        cleaned = sum(islice(_moves(repository, master, stable), MOVES))
        while any(follower.rounds < 2 and not follower.faults for follower in followers):
            cleaned += sum(islice(_moves(repository, master, stable), 2))
    assert [fault for follower in followers for fault in follower.faults] == []
    assert all(follower.fetched for follower in followers)
    assert cleaned, "no tarball was collected, so none could be missed"


def _followers(
    lab: Lab, repository: Repository, channels: list[Channel], directory: Path
) -> Iterator[Follower]:
    """Two hosts with a cave of their own, and readers who look at every tarball."""
    for name, channel in zip(CONSUMERS, cycle(channels), strict=False):
        make_consumer(lab.inventory(name), channel)
        host = lab[name].directory
        yield Consumer(directory=host, repository=repository.name, installs=PACKAGES)
    for number, channel in zip(range(READERS), cycle(channels), strict=False):
        clone = directory / f"reader{number}"
        git(directory, "clone", "--quiet", "-b", channel.name, git_url(repository), str(clone))
        yield Reader(
            clone=clone, branch=channel.name, distfiles=distfiles_url(repository).rstrip("/")
        )


def _moves(repository: Repository, master: Channel, stable: Channel) -> Iterator[int]:
    """One thing after the other that happens to a repository; how many tarballs each deleted."""
    first = repository.publications.count() * 100
    for number in count(first):
        name = PACKAGES[number // 6 % len(PACKAGES)]
        match number % 6:
            case 0:
                release(master, name, f"1.{number}", build=number)
            case 1:
                release(master, name, "1.0", build=number)  # the same version, built again
            case 2:
                _carry_out(plan_promotion(source=master, target=stable))
            case 3:
                repository.refresh_from_db()
                clean(repository=repository)
                yield len(empty_trash(repository))
                continue
            case 4:
                _, *before = stable.publications.order_by("-pk")[:2]
                for publication in before:
                    _carry_out(plan_rollback(channel=stable, publication=publication))
            case 5:
                _withdraw_oldest(master, name)
        yield 0


def _carry_out(move: Move) -> None:
    if move.changes:
        carry_out(move, asked_by=None)


def _withdraw_oldest(channel: Channel, name: str) -> None:
    """So long as there is another version of the package."""
    category, _, package = name.partition("/")
    entries = channel.entries.of_package(category, package).order_by("version_key")
    held = list(entries.served().with_files())
    if len(held) > 1:
        remove_versions(channel=channel, pbins=[held[0].pbin], reason="Old", asked_by=None)
