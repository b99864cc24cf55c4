"""A log only grows, and is read by byte range while it does."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pbins.storage.errors import StorageFull
from pbins.storage.runlog import RunLog


@pytest.fixture
def log(tmp_path: Path) -> RunLog:
    return RunLog(tmp_path / "runs" / "7" / "log")


def test_before_the_first_byte_it_is_empty(log: RunLog) -> None:
    assert log.size() == 0
    assert log.read(0, 100) == b""


def test_what_is_appended_comes_behind_what_is_there(log: RunLog) -> None:
    assert log.append(b"one\n") == 4
    assert log.append(b"") == 4
    assert RunLog(log.path).append(b"two\n") == 8
    assert log.read(0, 100) == b"one\ntwo\n"
    assert log.size() == 8


@pytest.mark.parametrize(
    ("offset", "limit", "expected"),
    [(0, 4, b"0123"), (4, 3, b"456"), (8, 100, b"89"), (10, 5, b""), (99, 5, b""), (3, 0, b"")],
)
def test_a_range_is_read(log: RunLog, offset: int, limit: int, expected: bytes) -> None:
    log.append(b"0123456789")
    assert log.read(offset, limit) == expected


@pytest.mark.parametrize(("offset", "limit"), [(-1, 5), (0, -1)])
def test_a_range_that_is_none_is_refused(log: RunLog, offset: int, limit: int) -> None:
    with pytest.raises(ValueError, match="no such range"):
        log.read(offset, limit)


def test_a_reader_sees_a_beginning_of_what_is_written(log: RunLog) -> None:
    line = b"0123456789\n" * 50

    def write() -> None:
        for _ in range(200):
            log.append(line)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        seen = b""
        while not writing.done() or len(seen) < log.size():
            seen += log.read(len(seen), 4096)
        writing.result()
    assert seen == line * 200


def test_several_writers_lose_nothing(log: RunLog) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: log.append(b"%03d\n" % number), range(200)))
    assert sorted(log.read(0, 1000).split()) == [b"%03d" % number for number in range(200)]


def test_a_full_disk_keeps_what_did_fit(log: RunLog, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write

    def almost_full(descriptor: int, content: memoryview) -> int:
        if os.fstat(descriptor).st_size >= 6:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, content[:3])

    monkeypatch.setattr(os, "write", almost_full)
    with pytest.raises(StorageFull):
        log.append(b"0123456789")
    monkeypatch.undo()
    assert log.read(0, 100) == b"012345"
    log.append(b"6789")
    assert log.read(0, 100) == b"0123456789"
