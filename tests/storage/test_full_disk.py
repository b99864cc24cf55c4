"""A disk that is really full: each part says so, and what was there before stays whole."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from pbins.storage.disk import free_bytes
from pbins.storage.distfiles import Distfiles
from pbins.storage.errors import StorageFull
from pbins.storage.git import GitRepository
from pbins.storage.incoming import Incoming
from pbins.storage.runlog import RunLog
from tests.storage.conftest import commit_on

NOISE = Random(3).randbytes(2**21)
"""Larger than the disk, and not to be compressed."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one mebibyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("this machine does not let root mount a small disk")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_log_keeps_what_did_fit(disk: Path) -> None:
    log = RunLog(disk / "7" / "log")
    with pytest.raises(StorageFull):
        log.append(NOISE)
    assert log.size() > 2**19
    assert log.read(0, 2**21) == NOISE[: log.size()]
    assert free_bytes(disk) == 0


def test_a_transfer_keeps_what_did_fit(disk: Path) -> None:
    incoming = Incoming(disk)
    with pytest.raises(StorageFull), incoming.receive("x.tar.bz2") as file:
        file.write(NOISE)
    assert incoming.path("x.tar.bz2").read_bytes() == NOISE[: incoming.received("x.tar.bz2")]


def test_a_copy_from_another_disk_leaves_no_half_file(disk: Path, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(NOISE)
    distfiles = Distfiles(disk / "pbins")
    with pytest.raises(StorageFull):
        distfiles.admit(tmp_path / "x", "x.tar.bz2")
    assert not distfiles.has("x.tar.bz2")
    assert list(distfiles.root.iterdir()) == []
    assert (tmp_path / "x").read_bytes() == NOISE


def test_a_repository_stays_as_it_was(disk: Path) -> None:
    repository = GitRepository(disk / "pbins.git")
    repository.create("master")
    first = commit_on(repository, {"a": b"1"})
    repository.move("master", to=first, expected=None)
    with pytest.raises(StorageFull):
        commit_on(repository, {"a": NOISE}, first)
    assert free_bytes(disk) > 2**19
    assert repository.head("master") == first
    assert repository.files(first) == {"a": b"1"}


def test_a_repository_that_does_not_fit_is_not_there(disk: Path) -> None:
    with (disk / "filler").open("wb") as file:
        file.write(bytes(free_bytes(disk)))
    repository = GitRepository(disk / "pbins.git")
    with pytest.raises(StorageFull):
        repository.create("master")
    assert not repository.exists()
