"""What lies aside is kept as long as somebody may ask for it, and counted while it does."""

import os
import shutil
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from pbins.models import Channel, FileName, Import, ImportState, Repository, Tarball
from pbins.services import tidying
from pbins.services.disk_usage import usage_of
from pbins.services.places import git_of, places, withheld_of
from pbins.services.tidying import tidy
from pbins.storage.git_archive import archive_of
from tests.stock import publish_version
from tests.storage.archives import ENVIRONMENT, plain_file, tarball
from tests.taking import take_tarball

NAME = "pbins--sys-test--hello-1.0--C.1.1.1.C.tar.bz2"


@pytest.fixture
def suspect(repository: Repository, tmp_path: Path) -> Tarball:
    """A tarball that waits for somebody to look at it."""
    shutil.rmtree(withheld_of(repository).root, ignore_errors=True)  # what other tests left
    source = tmp_path / NAME
    source.write_bytes(tarball(plain_file("PBIN/environment", b'A_TOKEN="x"\n')))
    return take_tarball(repository, source)


@pytest.fixture
def channel(repository: Repository) -> Channel:
    return repository.channels.get()


def test_a_withheld_tarball_waits_for_a_decision_and_is_counted(suspect: Tarball) -> None:
    size = withheld_of(suspect.repository).size(NAME)
    assert tidy(suspect.repository).withheld == ()
    usage = usage_of(suspect.repository)
    assert (usage.withheld, usage.distfiles) == (size, 0)


def test_what_was_decided_about_or_nobody_knows_goes(suspect: Tarball) -> None:
    Tarball.objects.update(suspects_allowed_by="somebody", suspects_allowed_at=timezone.now())
    done = tidy(suspect.repository)
    assert done.withheld == (NAME,)
    assert done.size > 0
    assert not withheld_of(suspect.repository).has(NAME)


def test_what_nobody_decides_about_goes_when_the_trash_would_be_emptied(suspect: Tarball) -> None:
    Repository.objects.update(trash_days=0)
    suspect.repository.refresh_from_db()
    assert tidy(suspect.repository).withheld == (NAME,)


def test_a_tarball_that_no_channel_was_given_leads_no_search_to_its_package(
    channel: Channel, tmp_path: Path
) -> None:
    publish_version(channel)
    source = tmp_path / NAME.replace("1.1.1", "2.1.1")
    source.write_bytes(tarball(ENVIRONMENT, plain_file("usr/bin/stray", b"x")))
    stray = take_tarball(channel.repository, source)
    assert FileName.objects.filter(name="stray").exists()
    tidy(channel.repository)  # it may be on its way into a channel
    assert FileName.objects.filter(name="stray").exists()
    Tarball.objects.filter(pk=stray.pk).update(received_at=timezone.now() - timedelta(days=2))
    tidy(channel.repository)
    assert not FileName.objects.filter(name="stray").exists()


def test_of_archived_trees_only_those_of_heads_stay(channel: Channel) -> None:
    git, cache = git_of(channel.repository), places().trees("pbins")
    old = archive_of(git, "master", cache)
    publish_version(channel)
    new = archive_of(git, "master", cache)
    assert old is not None
    assert new is not None
    half, fresh = cache / ".half", cache / ".fresh"
    half.write_bytes(b"x")
    fresh.write_bytes(b"x")
    os.utime(half, (time.time() - 9999, time.time() - 9999))
    assert usage_of(channel.repository).trees > 0
    assert tidy(channel.repository).size > 0
    assert {path.name for path in cache.iterdir()} == {new.name, fresh.name}


def test_packs_of_many_publications_become_one(
    channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tidying, "MANY_PACKS", 2)
    git = git_of(channel.repository)
    publish_version(channel)
    tidy(channel.repository)
    assert git.packs() == 2
    publish_version(channel, version="2.0")
    before = git.files(channel.commit)
    tidy(channel.repository)
    assert git.packs() == 1
    assert git.files(channel.commit) == before


@pytest.mark.parametrize("is_over", [True, False])
def test_what_a_killed_import_left_goes_when_it_is_over(
    repository: Repository, *, is_over: bool
) -> None:
    state = ImportState.FAILED if is_over else ImportState.READING
    taking = Import.objects.create(repository=repository, address="/x", state=state)
    left = places().import_git(taking.pk)
    (left / "objects").mkdir(parents=True)
    tidy(repository)
    assert left.exists() is not is_over
