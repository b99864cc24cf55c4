import os
from pathlib import Path

import pytest

from pbins.storage.distfiles import Distfiles
from pbins.storage.errors import FileMissing, NameTaken, UnsafePath
from pbins.storage.trash import Trash

NAME = "pbins--a--b-1--C.1.1.1.C.tar.bz2"


@pytest.fixture
def distfiles(tmp_path: Path) -> Distfiles:
    root = tmp_path / "distfiles"
    root.mkdir()
    (root / NAME).write_bytes(b"content")
    os.utime(root / NAME, ns=(1, 12_345_000))
    return Distfiles(root)


@pytest.fixture
def trash(tmp_path: Path) -> Trash:
    return Trash(tmp_path / "trash" / "pbins")


def test_a_tarball_is_in_the_one_place_or_in_the_other(distfiles: Distfiles, trash: Trash) -> None:
    trash.put(distfiles, NAME)
    assert (distfiles.has(NAME), trash.has(NAME), trash.size()) == (False, True, 7)
    trash.restore(distfiles, NAME)
    assert (distfiles.has(NAME), trash.has(NAME), trash.size()) == (True, False, 0)
    state = distfiles.state(NAME)
    assert state is not None
    assert state.modified == 12_345_000  # a scrub need not read it again


def test_what_was_done_already_may_be_done_again(distfiles: Distfiles, trash: Trash) -> None:
    trash.put(distfiles, NAME)
    trash.put(distfiles, NAME)
    assert trash.has(NAME)
    trash.delete(NAME)
    trash.delete(NAME)
    assert trash.size() == 0


def test_nothing_is_replaced_by_what_comes_back(distfiles: Distfiles, trash: Trash) -> None:
    trash.put(distfiles, NAME)
    distfiles.path(NAME).write_bytes(b"another")
    with pytest.raises(NameTaken):
        trash.restore(distfiles, NAME)
    assert trash.has(NAME)


@pytest.mark.parametrize("name", ["../x", "a/b", ".hidden"])
def test_no_name_leads_out(distfiles: Distfiles, trash: Trash, name: str) -> None:
    with pytest.raises(UnsafePath):
        trash.put(distfiles, name)
    with pytest.raises(UnsafePath):
        trash.delete(name)


def test_a_damaged_tarball_is_replaced_at_once_by_the_whole_one(
    distfiles: Distfiles, tmp_path: Path
) -> None:
    whole = tmp_path / "whole"
    whole.write_bytes(b"whole")
    distfiles.mend(whole, NAME)
    assert distfiles.path(NAME).read_bytes() == b"whole"
    assert not whole.exists()


def test_a_listing_tells_servable_files_from_strays(distfiles: Distfiles) -> None:
    (distfiles.root / ".abc.partial").write_bytes(b"x")
    (distfiles.root / "link").symlink_to(NAME)
    (distfiles.root / "directory").mkdir()
    assert set(distfiles.listing()) == {NAME}
    assert set(distfiles.strays()) == {".abc.partial", "link", "directory"}
    assert Distfiles(distfiles.root / "none").listing() == {}


def test_the_sum_of_what_is_not_there_is_an_error(distfiles: Distfiles) -> None:
    known = "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"
    assert distfiles.sha256(NAME) == known
    with pytest.raises(FileMissing):
        distfiles.sha256("other.tar.bz2")
