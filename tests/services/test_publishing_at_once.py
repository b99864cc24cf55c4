"""Processes and people at one repository at once: nothing is lost, and nothing comes back."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from pbins.models import (
    Change,
    Channel,
    Entry,
    Host,
    Publication,
    PublicationState,
    Repository,
    RunState,
)
from pbins.services.moves import carry_out, plan_rollback
from pbins.services.places import git_of
from pbins.services.queueing import queue_build
from tests.children import start
from tests.factories import pbin_text
from tests.fleets import Lab, drive
from tests.releases import begin, release
from tests.services.test_publishing import a_tarball, seen_by_hosts

PROCESSES, ROUNDS = 4, 2
WORK = """
import sys
from pbins.models import Channel, PublicationState
from pbins.services.errors import Refused
from pbins.services.moves import carry_out, plan_promotion, plan_rollback
from tests.releases import release
master, stable = (
    Channel.objects.select_related("repository").get(name=name) for name in ("master", "stable")
)
def promotion():
    return plan_promotion(source=master, target=stable)
def roll_back():
    published = stable.publications.filter(state=PublicationState.PUBLISHED).order_by("-pk")
    return plan_rollback(channel=stable, publication=published[1])
def until_done(plan):
    while (move := plan()).changes:
        try:
            return carry_out(move, asked_by=None)
        except Refused as refusal:
            if "by now, no longer at" not in str(refusal):
                raise
for number in range(int(sys.argv[2])):
    release(master, f"sys-test/p{sys.argv[1]}x{number}")
    until_done(promotion)
    until_done(roll_back)
"""
IMPORT = """
import sys
from pathlib import Path
from pbins.models import Repository
from pbins.services.taking_in import add_import_of_directory, take_in
tree, tarballs = map(Path, sys.argv[1:])
taking = add_import_of_directory(
    repository=Repository.objects.get(), directory=tree, tarballs=str(tarballs)
)
take_in(taking)
"""

pytestmark = pytest.mark.django_db(transaction=True)


def ended_well(*processes: subprocess.Popen[str]) -> None:
    said = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * len(processes), said


def assert_agrees(*channels: Channel) -> None:
    """Git, the catalogue and the channels' rows say the same, and nothing is left unsettled."""
    for channel in channels:
        channel.refresh_from_db()
        head, paths = seen_by_hosts(channel)
        assert channel.commit == head
        assert {
            entry.pbin.path for entry in channel.entries.served().select_related("pbin")
        } == paths
    assert not Publication.objects.filter(state=PublicationState.PREPARED).exists()


def served() -> list[str]:
    return sorted(f"{entry.name}-{entry.version}" for entry in Entry.objects.served())


def test_four_processes_publish_promote_and_roll_back_at_once(repository: Repository) -> None:
    master = repository.channels.get()
    release(master, "sys-test/first")
    stable = begin("stable", master)
    ended_well(*[start(WORK, str(number), str(ROUNDS)) for number in range(PROCESSES)])
    count = 1 + PROCESSES * ROUNDS
    assert len(seen_by_hosts(master)[1]) == count
    assert Entry.objects.served().filter(channel=master).count() == count
    assert Change.objects.filter(channel=master, kind="added").count() == count
    assert_agrees(master, stable)
    assert Publication.objects.filter(channel=stable, kind="rollback").exists()
    assert _history(stable) == Publication.objects.filter(channel=stable).count() + 2


def a_repository(directory: Path, packages: Sequence[str]) -> tuple[Path, Path]:
    """Of others: its tree, and its tarballs."""
    tree, tarballs = directory / "tree", directory / "tarballs"
    tarballs.mkdir()
    for package in packages:
        file = f"others--sys-test--{package}-1--C.1.1.1.C.tar.bz2"
        (tarballs / file).write_bytes(a_tarball())
        place = tree / "packages/sys-test" / package
        place.mkdir(parents=True)
        text = pbin_text({"BINARY_URI": f"mirror://others/{file}"})
        (place / f"{package}-1.pbin-1+exheres-0").write_text(text)
    return tree, tarballs


def test_a_build_and_an_import_come_at_once(
    lab: Lab, builder: Host, repository: Repository, tmp_path: Path
) -> None:
    packages = [f"other{number}" for number in range(20)]
    tree, tarballs = a_repository(tmp_path, packages)
    importing = start(IMPORT, str(tree), str(tarballs))
    run = drive(queue_build(repository=repository, specs=["app-shells/conch"], asked_by=None))
    ended_well(importing)
    assert (run.state, run.reason) == (RunState.SUCCEEDED, "2 published.")
    others = [f"sys-test/{package}-1" for package in packages]
    assert served() == sorted(["app-shells/conch-4.2", "sys-libs/inkwell-6.4", *others])
    assert_agrees(repository.channels.get())


def test_what_was_rolled_back_during_a_build_does_not_come_with_it(
    lab: Lab, builder: Host, repository: Repository
) -> None:
    drive(queue_build(repository=repository, specs=["sys-libs/inkwell"], asked_by=None))
    master = repository.channels.get()
    good = master.publications.get(commit=master.commit)
    drive(queue_build(repository=repository, specs=["dev-libs/jigsaw"], asked_by=None))
    master.refresh_from_db()
    held = queue_build(repository=repository, specs=["app-misc/held"], asked_by=None)
    drive(held, until=lab.waiting.exists)
    carry_out(plan_rollback(channel=master, publication=good), asked_by=None)
    lab.gate.touch()
    drive(held)
    assert (held.state, held.reason) == (RunState.SUCCEEDED, "1 published.")
    assert [one.rpartition("-")[0] for one in served()] == ["app-misc/held", "sys-libs/inkwell"]
    assert_agrees(master)


def _history(channel: Channel) -> int:
    """Commits from the head back to the first: the channel's own, and those it began from."""
    git = git_of(channel.repository)
    command = ["git", "-c", "safe.directory=*", f"--git-dir={git.path}", "rev-list", "--count"]
    done = subprocess.run([*command, channel.name], capture_output=True, check=True, text=True)
    return int(done.stdout)
