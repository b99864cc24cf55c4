"""Tarballs that have come whole are taken in together."""

import errno
from collections.abc import Sequence
from tarfile import TarInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from pbins.models import FileName, Repository, Soname, Tarball, TarballListing
from pbins.services.admitting import admit_all
from pbins.services.copying import Taken, coming
from pbins.services.places import distfiles_of, withheld_of
from pbins.storage.errors import BelowFloor
from pbins.storage.tarball import read_tarball
from tests.storage.archives import ENVIRONMENT, plain_file, tarball
from tests.storage.test_distfiles import refuse_links

pytestmark = pytest.mark.django_db
Member = tuple[TarInfo, bytes]
SECRET = plain_file("PBIN/environment", b'A_TOKEN="x"\n')


def name(package: str) -> str:
    return f"pbins--sys-test--{package}-1--C.1.1.1.C.tar.bz2"


def come(
    repository: Repository, packages: Sequence[str], environment: Member = ENVIRONMENT
) -> list[Taken]:
    """Whole tarballs among what is coming in, each with a program of its package's name."""
    incoming = coming(repository)
    incoming.root.mkdir(parents=True, exist_ok=True)
    taken = []
    for package in packages:
        path = incoming.path(name(package))
        path.write_bytes(tarball(plain_file(f"usr/bin/{package}"), environment))
        taken.append(Taken(path.name, read_tarball(path)))
    return taken


def test_many_take_as_many_queries_as_one(repository: Repository) -> None:
    admit_all(repository, come(repository, ["first"]))
    with CaptureQueriesContext(connection) as one:
        admit_all(repository, come(repository, ["second"]))
    packages = [f"hello{number}" for number in range(40)]
    with CaptureQueriesContext(connection) as many:
        came, refused = admit_all(repository, come(repository, packages))
    assert (sorted(came), refused) == (sorted(map(name, packages)), {})
    assert len(many) == len(one)
    assert TarballListing.objects.count() == 42
    assert set(FileName.objects.values_list("package__package", "directory__path", "name")) == {
        (package, "/usr/bin", package) for package in ["first", "second", *packages]
    }


def test_what_was_gone_is_the_same_row_again(repository: Repository) -> None:
    row = Tarball.objects.create(repository=repository, name=name("hello"), downloads=7)
    came, _ = admit_all(repository, come(repository, ["hello", "other"]))
    row.refresh_from_db()
    assert came[row.name] == row
    assert (row.is_present, row.downloads, len(row.sha256)) == (True, 7, 64)
    assert row.file_time == distfiles_of(repository).path(row.name).stat().st_mtime_ns


def test_one_among_many_that_looks_like_a_secret_is_kept_back(repository: Repository) -> None:
    batch = [*come(repository, ["plain"]), *come(repository, ["telling"], SECRET)]
    came, _ = admit_all(repository, batch)
    assert {row.name: row.is_present for row in came.values()} == {
        name("plain"): True,
        name("telling"): False,
    }
    assert came[name("telling")].suspects
    assert not came[name("plain")].suspects
    assert not distfiles_of(repository).has(name("telling"))
    withheld_of(repository).path(name("telling")).unlink()  # it is there, and no other test's


def test_nothing_is_copied_from_another_device_below_the_floor(
    repository: Repository, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = come(repository, ["hello"])
    settings.PBINS_DISK_FLOOR = 2**60
    refuse_links(monkeypatch, coming(repository).path(name("hello")), errno.EXDEV)
    with pytest.raises(BelowFloor, match="PBINS_DISK_FLOOR"):
        admit_all(repository, batch, adopted_from=coming(repository).root)
    assert not distfiles_of(repository).has(name("hello"))


def test_twice_is_as_once(repository: Repository) -> None:
    for _ in range(2):
        admit_all(repository, come(repository, ["hello"]))
    counts = [model.objects.count() for model in (Tarball, TarballListing, FileName, Soname)]
    assert counts == [1, 1, 1, 0]
