"""How full the disk is, and what a full one is called."""

import errno
from pathlib import Path

import pytest

from pbins.storage.disk import disk_errors, free_bytes, used_bytes
from pbins.storage.errors import StorageFull


def test_free_space_is_known_before_the_directory_is_made(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "not" / "yet") > 0


def test_used_space_counts_what_lies_below(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"x" * 100_000)
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(10**9)
    assert 100_000 <= used_bytes(tmp_path) < 10**6


def test_nothing_takes_no_space(tmp_path: Path) -> None:
    assert used_bytes(tmp_path / "nothing") == 0


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_has_a_name(tmp_path: Path, number: int) -> None:
    with pytest.raises(StorageFull) as caught, disk_errors(tmp_path):
        raise OSError(number, "full")
    assert caught.value.path == tmp_path


def test_another_failure_of_the_disk_keeps_its_own(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), disk_errors(tmp_path):
        raise PermissionError(errno.EACCES, "no")
