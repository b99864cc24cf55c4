"""A transfer that is cut goes on where it stopped."""

import errno
import os
from pathlib import Path

import pytest

from pbins.storage.errors import StorageFull, UnsafePath
from pbins.storage.incoming import Incoming


@pytest.fixture
def incoming(tmp_path: Path) -> Incoming:
    return Incoming(tmp_path / "incoming" / "pbins")


def test_before_the_first_byte_nothing_has_come(incoming: Incoming) -> None:
    assert incoming.received("x.tar.bz2") == 0


def test_what_came_before_a_cut_stays_and_the_rest_is_added(incoming: Incoming) -> None:
    with pytest.raises(ConnectionError):
        _receive_and_lose(incoming, b"abc")
    assert incoming.received("x.tar.bz2") == 3
    with incoming.receive("x.tar.bz2") as file:
        assert file.tell() == 3
        file.write(b"def")
    assert incoming.path("x.tar.bz2").read_bytes() == b"abcdef"


def _receive_and_lose(incoming: Incoming, content: bytes) -> None:
    with incoming.receive("x.tar.bz2") as file:
        file.write(content)
        raise ConnectionError


def test_what_is_discarded_begins_anew(incoming: Incoming) -> None:
    with incoming.receive("x.tar.bz2") as file:
        file.write(b"abc")
    incoming.discard("x.tar.bz2")
    incoming.discard("x.tar.bz2")
    assert incoming.received("x.tar.bz2") == 0


def test_a_transfer_ends_when_the_bytes_are_on_the_disk(
    incoming: Incoming, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(os, "fsync", lambda fd: synced.append(os.fstat(fd).st_size))
    with incoming.receive("x.tar.bz2") as file:
        file.write(b"abc")
    assert synced == [3]


def test_a_full_disk_is_said_to_be_one(incoming: Incoming) -> None:
    with pytest.raises(StorageFull), incoming.receive("x.tar.bz2"):
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".x"])
def test_a_name_that_leads_elsewhere_is_refused(incoming: Incoming, name: str) -> None:
    with pytest.raises(UnsafePath):
        incoming.path(name)
