"""A log that is complete is compressed and read as before, until it is removed."""

import gzip
from pathlib import Path

import pytest

from pbins.storage.log_archive import MEMBER
from pbins.storage.runlog import RunLog


@pytest.fixture
def log(tmp_path: Path) -> RunLog:
    return RunLog(tmp_path / "7" / "log")


def numbered(size: int) -> bytes:
    """Bytes of which no two places look alike."""
    lines = b"".join(b"%09d\n" % number for number in range(size // 10 + 1))
    return lines[:size]


def test_a_compressed_log_is_smaller_and_reads_as_before(log: RunLog) -> None:
    content = numbered(3 * MEMBER + 17)
    log.append(content)
    assert log.compress()
    assert not log.path.exists()
    assert sum(file.stat().st_size for file in log.path.parent.iterdir()) < len(content) / 3
    assert log.size() == len(content)
    assert log.read(0, len(content) + 1) == content


@pytest.mark.parametrize("size", [1, MEMBER - 1, MEMBER, MEMBER + 1, 2 * MEMBER])
@pytest.mark.parametrize(
    ("offset", "limit"),
    [(0, 10), (MEMBER - 5, 10), (MEMBER, 10), (MEMBER - 1, MEMBER + 2), (5, 0), (9 * MEMBER, 10)],
)
def test_every_range_is_what_it_was(log: RunLog, size: int, offset: int, limit: int) -> None:
    log.append(numbered(size))
    before = log.read(offset, limit)
    log.compress()
    assert log.read(offset, limit) == before


def test_any_gzip_program_reads_the_whole(log: RunLog) -> None:
    content = numbered(2 * MEMBER + 1)
    log.append(content)
    log.compress()
    assert gzip.decompress(log.path.with_name("log.gz").read_bytes()) == content


def test_a_range_is_read_without_unpacking_the_rest(
    log: RunLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpacked: list[int] = []
    decompress = gzip.decompress

    def counting(content: bytes) -> bytes:
        plain = decompress(content)
        unpacked.append(len(plain))
        return plain

    log.append(numbered(20 * MEMBER))
    log.compress()
    monkeypatch.setattr(gzip, "decompress", counting)
    log.read(13 * MEMBER + 7, 1000)
    assert unpacked == [MEMBER]


def test_an_empty_log_and_none_at_all(log: RunLog) -> None:
    assert not log.compress()
    log.append(b"")
    assert log.compress()
    assert (log.size(), log.read(0, 10)) == (0, b"")
    assert not log.compress()


def test_a_crash_between_the_two_leaves_the_plain_log_in_charge(log: RunLog) -> None:
    log.append(b"whole\n")
    log.path.with_name("log.gz").write_bytes(b"half")
    assert log.read(0, 10) == b"whole\n"
    assert log.compress()
    assert log.read(0, 10) == b"whole\n"


@pytest.mark.parametrize("is_compressed", [True, False])
def test_a_removed_log_leaves_a_mark(log: RunLog, is_compressed: bool) -> None:
    log.append(b"something\n")
    if is_compressed:
        log.compress()
    was_removed = log.is_removed
    log.remove()
    assert (was_removed, log.is_removed) == (False, True)
    assert (log.size(), log.read(0, 10)) == (0, b"")
    assert [file.name for file in log.path.parent.iterdir()] == ["log.removed"]
