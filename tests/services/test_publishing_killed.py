"""A process that is killed at any step of publishing leaves the old or the new state, whole."""

import signal

import pytest

from pbins.jobs.housekeeping import settle_all_publications
from pbins.models import Change, Channel, Publication, PublicationState, Repository, Tarball
from pbins.models.publication import NEWS
from pbins.services.admitting import admit_all
from pbins.services.copying import coming
from pbins.services.places import distfiles_of, git_of
from pbins.services.publishing import publish, repository_lock
from tests.children import start
from tests.releases import release
from tests.services.test_admitting import come, name
from tests.services.test_publishing import seen_by_hosts

DIES = """
import os, signal, sys
from importlib import import_module
place, when = sys.argv[1:3]
module, _, path = place.partition(":")
owner = import_module(module)
*parts, name = path.split(".")
for part in parts:
    owner = getattr(owner, part)
real = getattr(owner, name)
def dying(*arguments, **named):
    if when == "after":
        real(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(owner, name, dying)
from pbins.models import Channel, Repository
"""
PUBLISHES = """
from tests.releases import release
release(Channel.objects.select_related("repository").get(), "sys-test/hello", "2.0", build=2)
"""
TAKES = """
from pbins.services.admitting import admit_all
from tests.services.test_admitting import come
repository = Repository.objects.get()
admit_all(repository, come(repository, ["hello"]))
"""
OLD, NEW = False, True

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def channel(repository: Repository) -> Channel:
    """With one version, which the second is to join."""
    channel = repository.channels.get()
    release(channel, "sys-test/hello")
    return channel


def killed(work: str, place: str, when: str) -> None:
    """Have it done by a process that dies without a word when it gets there."""
    with start(DIES + work, place, when) as process:
        said = process.communicate()[1]
        assert process.returncode == -signal.SIGKILL, said


@pytest.mark.parametrize(
    ("place", "when", "is_new"),
    [
        ("pbins.storage.distfiles:Distfiles.adopt", "before", OLD),
        ("pbins.services.admitting:note_taken", "before", OLD),
        ("pbins.services.publishing:tree_changes", "before", OLD),
        ("pbins.storage.git:GitRepository.commit", "before", OLD),
        ("pbins.storage.git:GitRepository.commit", "after", OLD),
        ("pbins.services.publishing:_prepare", "after", OLD),
        ("pbins.storage.git:GitRepository._swap", "before", OLD),
        ("pbins.storage.git:GitRepository._swap", "after", NEW),
        ("pbins.services.publishing:hold", "after", NEW),
        ("pbins.services.publishing:mark_news", "before", NEW),
        ("pbins.models:Channel.save", "before", NEW),
        ("pbins.models:Channel.save", "after", NEW),
        ("pbins.services.publishing:_record", "after", NEW),
    ],
)
def test_git_rows_ledger_and_feeds_agree_after_a_kill(
    channel: Channel, place: str, when: str, *, is_new: bool
) -> None:
    killed(PUBLISHES, place, when)
    settle_all_publications()
    versions = {"1.0", "2.0"} if is_new else {"1.0"}
    assert_agrees(channel, versions)
    if not is_new:
        release(channel, "sys-test/hello", "2.0", build=2)
    assert_agrees(channel, {"1.0", "2.0"})


def assert_agrees(channel: Channel, versions: set[str]) -> None:
    """What hosts are given, and what catalogue, ledger and feeds tell of it, is the same."""
    channel.refresh_from_db()
    head, paths = seen_by_hosts(channel)
    served = list(channel.entries.served().select_related("pbin__tarball"))
    assert {entry.version for entry in served} == versions
    assert {entry.pbin.path for entry in served} == paths
    assert channel.commit == head
    told = Change.objects.filter(NEWS).values_list("kind", "version")
    assert sorted(told) == [("added", version) for version in sorted(versions)]
    assert not Publication.objects.filter(state=PublicationState.PREPARED).exists()
    distfiles = distfiles_of(channel.repository)
    manifest = git_of(channel.repository).read(head, "packages/sys-test/hello/Manifest").decode()
    for entry in served:
        tarball = entry.pbin.tarball
        assert tarball is not None
        assert distfiles.size(tarball.name) == tarball.size
        assert tarball.name in manifest


def test_a_lock_does_not_outlive_its_holder(channel: Channel) -> None:
    killed(PUBLISHES, "pbins.storage.git:GitRepository.commit", "after")
    with repository_lock(channel.repository):
        pass
    assert publish(channel=channel, arrivals=[], message="Nothing") is None


@pytest.mark.parametrize(
    ("place", "when", "is_there"),
    [
        ("pbins.storage.distfiles:Distfiles.admit", "before", False),
        ("pbins.storage.distfiles:Distfiles._place", "after", True),
        ("pbins.storage.distfiles:Distfiles.admit", "after", True),
        ("pbins.services.admitting:note_taken", "before", True),
        ("pbins.services.admitting:note_taken", "after", True),
        ("pbins.services.admitting:keep_listings", "after", True),
    ],
)
def test_a_tarball_between_file_and_row_is_taken_in_again(
    repository: Repository, place: str, when: str, *, is_there: bool
) -> None:
    killed(TAKES, place, when)
    assert distfiles_of(repository).has(name("hello")) is is_there
    assert not Tarball.objects.exists()
    came, refused = admit_all(repository, come(repository, ["hello"]))
    assert (list(came), refused) == ([name("hello")], {})
    assert came[name("hello")].is_present
    assert distfiles_of(repository).size(name("hello")) == came[name("hello")].size
    assert list(coming(repository).root.iterdir()) == []
