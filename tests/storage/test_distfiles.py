"""Distfiles hold whole files only, never replace one, and never lead out of their directory."""

import errno
import os
from pathlib import Path

import pytest

from pbins.storage.distfiles import Distfiles
from pbins.storage.errors import BelowFloor, FileMissing, NameTaken, StorageFull, UnsafePath

NAME = "pbins--sys-libs--gtk+-1.0_rc1-r3--C.23503.1795350657.477048.C.tar.bz2"


@pytest.fixture
def distfiles(tmp_path: Path) -> Distfiles:
    return Distfiles(tmp_path / "distfiles" / "pbins")


@pytest.fixture
def incoming(tmp_path: Path) -> Path:
    path = tmp_path / "incoming"
    path.write_bytes(b"tarball")
    path.chmod(0o600)
    return path


def refuse_links(monkeypatch: pytest.MonkeyPatch, source: Path, number: int) -> None:
    """As between two devices, or for a file of another user: this source can't be linked."""
    link = os.link

    def refusing(src: Path, dst: Path, **more: bool) -> None:
        if Path(src) == source:
            raise OSError(number, os.strerror(number))
        link(src, dst, **more)

    monkeypatch.setattr(os, "link", refusing)


def fail(number: int) -> object:
    def failing(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return failing


class TestAdmitting:
    def test_a_file_moves_in_and_anybody_may_read_it(
        self, distfiles: Distfiles, incoming: Path
    ) -> None:
        distfiles.admit(incoming, NAME)
        assert distfiles.path(NAME).read_bytes() == b"tarball"
        assert distfiles.path(NAME).stat().st_mode & 0o777 == 0o644
        assert distfiles.size(NAME) == 7
        assert not incoming.exists()

    def test_to_repeat_it_after_a_crash_does_no_harm(
        self, distfiles: Distfiles, incoming: Path
    ) -> None:
        distfiles.admit(incoming, NAME)
        distfiles.admit(incoming, NAME)
        incoming.write_bytes(b"tarball")  # as if linked, but not yet unlinked
        distfiles.admit(incoming, NAME)
        assert distfiles.path(NAME).read_bytes() == b"tarball"
        assert not incoming.exists()

    def test_a_file_is_never_replaced(self, distfiles: Distfiles, incoming: Path) -> None:
        distfiles.admit(incoming, NAME)
        incoming.write_bytes(b"another")
        with pytest.raises(NameTaken, match="never replaced"):
            distfiles.admit(incoming, NAME)
        assert distfiles.path(NAME).read_bytes() == b"tarball"
        assert incoming.read_bytes() == b"another"

    def test_what_never_came_is_missing(self, distfiles: Distfiles, incoming: Path) -> None:
        incoming.unlink()
        with pytest.raises(FileNotFoundError):
            distfiles.admit(incoming, NAME)

    def test_from_another_device_it_is_copied_beside_and_then_shown(
        self, distfiles: Distfiles, incoming: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refuse_links(monkeypatch, incoming, errno.EXDEV)
        distfiles.admit(incoming, NAME)
        assert distfiles.path(NAME).read_bytes() == b"tarball"
        assert list(distfiles.root.iterdir()) == [distfiles.path(NAME)]
        assert not incoming.exists()

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
    def test_a_full_disk_is_said_to_be_one_and_leaves_nothing(
        self,
        distfiles: Distfiles,
        incoming: Path,
        monkeypatch: pytest.MonkeyPatch,
        number: int,
    ) -> None:
        refuse_links(monkeypatch, incoming, errno.EXDEV)
        monkeypatch.setattr("shutil.copyfile", fail(number))
        with pytest.raises(StorageFull, match="free some"):
            distfiles.admit(incoming, NAME)
        assert list(distfiles.root.iterdir()) == []
        assert incoming.exists()

    def test_what_could_not_be_brought_to_the_disk_is_not_shown(
        self, distfiles: Distfiles, incoming: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "fsync", fail(errno.EIO))
        with pytest.raises(OSError, match="Input/output"):
            distfiles.admit(incoming, NAME)
        assert not distfiles.has(NAME)


class TestAdopting:
    def test_a_file_is_shared_not_copied(self, distfiles: Distfiles, incoming: Path) -> None:
        distfiles.adopt(incoming, NAME)
        assert distfiles.path(NAME).samefile(incoming)

    @pytest.mark.parametrize("number", [errno.EXDEV, errno.EPERM, errno.EMLINK])
    def test_it_is_copied_where_it_can_not_be_shared(
        self,
        distfiles: Distfiles,
        incoming: Path,
        monkeypatch: pytest.MonkeyPatch,
        number: int,
    ) -> None:
        refuse_links(monkeypatch, incoming, number)
        distfiles.adopt(incoming, NAME)
        assert distfiles.path(NAME).read_bytes() == incoming.read_bytes()
        assert not distfiles.path(NAME).samefile(incoming)

    def test_room_is_asked_for_before_a_copy_and_not_before_a_link(
        self, distfiles: Distfiles, incoming: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def none(size: int) -> None:
            raise BelowFloor(distfiles.root, f"no room for {size} bytes")

        distfiles.adopt(incoming, NAME, room=none)
        distfiles.path(NAME).unlink()
        refuse_links(monkeypatch, incoming, errno.EXDEV)
        with pytest.raises(BelowFloor, match="no room for 7 bytes"):
            distfiles.adopt(incoming, NAME, room=none)
        assert list(distfiles.root.iterdir()) == []

    def test_a_link_is_not_followed(
        self, distfiles: Distfiles, incoming: Path, tmp_path: Path
    ) -> None:
        link = tmp_path / "link"
        link.symlink_to(incoming)
        with pytest.raises(UnsafePath, match="not a plain file"):
            distfiles.adopt(link, NAME)


class TestGuarding:
    @pytest.mark.parametrize(
        "name",
        ["", ".", "..", "../x", "a/b", "/etc/x", ".x", "-x", "a\nb", "a\0b", "a b", "ä", "x" * 256],
    )
    def test_a_name_that_is_no_plain_name_is_refused(
        self, distfiles: Distfiles, incoming: Path, name: str
    ) -> None:
        for attempt in (distfiles.path, distfiles.has, distfiles.size):
            with pytest.raises(UnsafePath):
                attempt(name)
        with pytest.raises(UnsafePath):
            distfiles.admit(incoming, name)

    def test_a_link_among_them_is_not_there_and_not_served(
        self, distfiles: Distfiles, incoming: Path
    ) -> None:
        distfiles.root.mkdir(parents=True)
        (distfiles.root / NAME).symlink_to("/etc/passwd")
        assert not distfiles.has(NAME)
        with pytest.raises(UnsafePath, match="symbolic link"):
            distfiles.path(NAME)
        with pytest.raises(UnsafePath):
            distfiles.admit(incoming, NAME)

    def test_a_directory_is_no_file(self, distfiles: Distfiles) -> None:
        (distfiles.root / NAME).mkdir(parents=True)
        assert not distfiles.has(NAME)

    def test_what_is_missing_is_named(self, distfiles: Distfiles) -> None:
        assert not distfiles.has(NAME)
        with pytest.raises(FileMissing, match="pbins--sys-libs"):
            distfiles.size(NAME)
