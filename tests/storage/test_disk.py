"""How full the disk is, and what a full one is called."""

import errno
from pathlib import Path

import pytest

from pbins.storage.disk import disk_errors, free_bytes
from pbins.storage.errors import StorageFull


def test_free_space_is_known_before_the_directory_is_made(tmp_path: Path) -> None:
    assert free_bytes(tmp_path / "not" / "yet") > 0


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_has_a_name(tmp_path: Path, number: int) -> None:
    with pytest.raises(StorageFull) as caught, disk_errors(tmp_path):
        raise OSError(number, "full")
    assert caught.value.path == tmp_path


def test_another_failure_of_the_disk_keeps_its_own(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), disk_errors(tmp_path):
        raise PermissionError(errno.EACCES, "no")
