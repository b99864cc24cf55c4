from pathlib import Path
from threading import Event, Thread

import pytest

from pbins.storage.errors import StorageFull
from pbins.storage.locks import alone, alone_or_not


def test_who_comes_second_is_told_and_the_next_is_alone_again(tmp_path: Path) -> None:
    lock = tmp_path / "below" / "one.lock"
    with alone_or_not(lock) as first, alone_or_not(lock) as second:
        assert (first is not None, second) == (True, None)
    with alone_or_not(lock) as third:
        assert third is not None


def test_who_waits_comes_in_when_the_other_has_gone(tmp_path: Path) -> None:
    lock, is_in = tmp_path / "one.lock", Event()

    def wait() -> None:
        with alone(lock):
            is_in.set()

    waiting = Thread(target=wait)
    with alone(lock):
        waiting.start()
        assert not is_in.is_set()
    waiting.join()
    assert is_in.is_set()


def test_a_full_disk_is_said_to_be_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StorageFull), alone(tmp_path / "one.lock"):
        pass
