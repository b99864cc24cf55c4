"""Counting what was fetched: each whole download once, whatever happens in between."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from pbins.jobs.downloads import count_what_was_noted
from pbins.models import DownloadDay, Tarball
from pbins.services import downloads
from pbins.services.downloads import count_downloads, note_download
from pbins.services.places import places
from tests.factories import make_repository, make_tarball

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tarballs(settings: Settings, tmp_path: Path) -> None:
    settings.PBINS_DATA_DIR = tmp_path
    repository, other = make_repository(), make_repository("other")
    for name in ("a.tar.bz2", "b.tar.bz2", "c.tar.bz2"):
        make_tarball(repository, name)
    make_tarball(other, "a.tar.bz2")


def counted() -> dict[str, int]:
    rows = Tarball.objects.select_related("repository")
    return {f"{row.repository}/{row.name[0]}": row.downloads for row in rows if row.downloads}


def test_each_download_is_counted_once_at_its_own_tarball() -> None:
    for repository, name in (("pbins", "a"), ("pbins", "a"), ("pbins", "b"), ("other", "a")):
        note_download(repository, f"{name}.tar.bz2")
    assert count_downloads() == 4
    assert counted() == {"pbins/a": 2, "pbins/b": 1, "other/a": 1}
    assert count_downloads() == 0
    note_download("pbins", "a.tar.bz2")
    count_what_was_noted()
    assert counted() == {"pbins/a": 3, "pbins/b": 1, "other/a": 1}
    assert DownloadDay.objects.get().downloads == 5


def test_a_note_that_is_just_being_written_waits_for_its_end() -> None:
    note_download("pbins", "a.tar.bz2")
    file = next(places().downloads.iterdir())
    with file.open("a") as notes:
        notes.write("pbins b.tar")
    assert count_downloads() == 1
    with file.open("a") as notes:
        notes.write(".bz2\n")
    assert count_downloads() == 1
    assert counted() == {"pbins/a": 1, "pbins/b": 1}


def test_what_was_not_stored_is_counted_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    note_download("pbins", "a.tar.bz2")
    with monkeypatch.context() as patched:
        patched.setattr(downloads, "_add", lambda counts: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            count_downloads()
    assert count_downloads() == 1
    assert counted() == {"pbins/a": 1}


def test_old_notes_are_cleared_away_once_they_are_counted() -> None:
    note_download("pbins", "a.tar.bz2")
    today = next(places().downloads.iterdir())
    old = today.with_name((timezone.now().date() - timedelta(days=5)).isoformat())
    today.rename(old)
    (old.parent / "README").write_text("not ours\n")
    assert count_downloads() == 1
    assert [file.name for file in old.parent.iterdir()] == ["README"]
    assert DownloadDay.objects.get().day == date.fromisoformat(old.name)


@pytest.mark.parametrize("name", ["two\nlines", "x" * 5000])
def test_a_host_is_served_though_its_download_can_not_be_noted(name: str) -> None:
    note_download("pbins", name)
    assert count_downloads() == 0


def test_a_disk_that_takes_nothing_stops_no_download(tmp_path: Path) -> None:
    (tmp_path / "downloads").write_text("in the way")
    note_download("pbins", "a.tar.bz2")
