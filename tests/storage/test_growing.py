"""A file is read while it comes in, and never taken for whole before it is."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest

from pbins.storage.growing import CutShort, Follower, Growing, TooLong
from pbins.storage.tarball import read_tarball_stream
from tests.storage.archives import ENVIRONMENT, plain_file, tarball

CONTENT = tarball(plain_file("usr/bin/hello", bytes(range(256)) * 400), ENVIRONMENT)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[BinaryIO]:
    path = tmp_path / "x.tar.bz2"
    path.write_bytes(CONTENT[:100])
    with path.open("ab") as opened:
        yield opened


@pytest.fixture
def growing(file: BinaryIO, tmp_path: Path) -> Growing:
    """Its first hundred bytes came before."""
    return Growing(file, tmp_path / "x.tar.bz2", len(CONTENT))


def test_it_is_read_to_its_end_while_it_comes(growing: Growing) -> None:
    reports = []

    def follow() -> None:
        with Follower(growing) as follower:
            reports.append(read_tarball_stream(follower))

    reader = threading.Thread(target=follow)
    reader.start()
    for start in range(100, len(CONTENT), 50):
        growing.write(CONTENT[start : start + 50])
    growing.end()
    reader.join()
    (report,) = reports
    assert (report.size, growing.path.read_bytes()) == (len(CONTENT), CONTENT)
    assert [file.path for file in report.files] == ["usr/bin/hello"]


def test_what_is_cut_is_never_taken_for_the_end(growing: Growing) -> None:
    growing.write(CONTENT[100:120])
    growing.end()
    with Follower(growing) as follower:
        assert len(follower.read(200)) == 120
        with pytest.raises(CutShort, match="after 120 of"):
            follower.read(1)


def test_more_than_was_told_is_not_written(growing: Growing) -> None:
    with pytest.raises(TooLong):
        growing.write(CONTENT)
    assert growing.path.stat().st_size == 100
