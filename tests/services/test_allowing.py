"""A tarball with what looks like a secret: never served, unless a person says that it is none."""

from pathlib import Path
from tarfile import TarInfo

import pytest
from django.contrib.auth.models import User

from pbins.models import Channel, Entry, Repository, Tarball, TarballListing
from pbins.services import allowing
from pbins.services.allowing import allow, can_be_allowed
from pbins.services.errors import Refused
from pbins.services.imports import ImportReport, directory_origin, import_origin
from pbins.services.listing_rows import files_of
from pbins.services.listings import as_tree, keep_listings
from pbins.services.places import places
from pbins.storage.elf import Linkage
from pbins.storage.tarball import FileType, TarballFile
from tests.factories import make_tarball, pbin_text
from tests.releases import commit_message
from tests.services.test_publishing import Crash, crash, seen_by_hosts
from tests.storage.archives import plain_file, tarball

SECRET = plain_file("PBIN/environment", b"PN=x\nSECRET_TOKEN=abcdefghijklmnop\n")
CLEAN = plain_file("PBIN/environment", b"PN=x\n")


@pytest.fixture
def channel(repository: Repository) -> Channel:
    return repository.channels.get()


def take(
    repository: Repository, directory: Path, **environments: tuple[TarInfo, bytes]
) -> ImportReport:
    """Import one package for each name, with its PBIN/environment."""
    for name, environment in environments.items():
        file = f"pbins--sys-test--{name}-1.0--C.1.1.1.C.tar.bz2"
        package = directory / f"tree/packages/sys-test/{name}"
        package.mkdir(parents=True)
        text = pbin_text({"BINARY_URI": f"mirror://pbins/{file}"})
        (package / f"{name}-1.0.pbin-1+exheres-0").write_text(text)
        (directory / "distfiles").mkdir(exist_ok=True)
        content = tarball(plain_file("usr/bin/x", b"12345"), environment)
        (directory / "distfiles" / file).write_bytes(content)
    origin = directory_origin(directory / "tree", str(directory / "distfiles"))
    return import_origin(repository=repository, origin=origin)


def test_it_is_withheld_with_its_name_and_nobody_can_fetch_it(
    channel: Channel, tmp_path: Path
) -> None:
    report = take(channel.repository, tmp_path, leaky=SECRET, clean=CLEAN)
    assert (report.published, report.withheld) == (1, 1)
    assert {path.rpartition("/")[2] for path in seen_by_hosts(channel)[1]} == {
        "clean-1.0.pbin-1+exheres-0"
    }
    entry = Entry.objects.get(package="leaky")
    assert "SECRET_TOKEN=ab… (16 characters)" in entry.withheld
    assert "abcdefghijklmnop" not in entry.withheld
    assert not list(places().distfiles("pbins").glob("*leaky*"))
    assert not Tarball.objects.get(name__contains="leaky").is_present


def test_a_person_can_allow_it_and_is_remembered(channel: Channel, tmp_path: Path) -> None:
    take(channel.repository, tmp_path, leaky=SECRET)
    entry = Entry.objects.get()
    assert can_be_allowed(entry)
    publication = allow(entry=entry, asked_by=User.objects.create_user("otto"))
    assert "otto" in publication.message
    assert "SECRET_TOKEN=ab…" in publication.message
    assert "Allowed by otto." in commit_message(publication)
    assert "SECRET_TOKEN" not in commit_message(publication)
    assert len(seen_by_hosts(channel)[1]) == 1
    assert list(places().distfiles("pbins").glob("*leaky*"))
    kept = Tarball.objects.get()
    assert (kept.is_present, kept.suspects_allowed_by) == (True, "otto")
    assert kept.suspects_allowed_at is not None
    again = Entry.objects.get()
    assert (again.withheld, can_be_allowed(again)) == ("", False)


def test_to_allow_goes_on_after_a_crash(
    channel: Channel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(channel.repository, tmp_path, leaky=SECRET)
    with monkeypatch.context() as crashing:
        crashing.setattr(allowing, "publish", crash)
        with pytest.raises(Crash):
            allow(entry=Entry.objects.get(), asked_by=None)
    assert seen_by_hosts(channel)[1] == set()
    allow(entry=Entry.objects.get(), asked_by=None)
    assert len(seen_by_hosts(channel)[1]) == 1


def test_what_is_withheld_for_another_reason_can_not_be_allowed(
    channel: Channel, tmp_path: Path
) -> None:
    take(channel.repository, tmp_path, leaky=SECRET)
    entry = Entry.objects.get()
    entry.withheld = "It breaks hosts."
    with pytest.raises(Refused, match="It breaks hosts"):
        allow(entry=entry, asked_by=None)


def test_an_import_again_leaves_it_as_it_was_decided(channel: Channel, tmp_path: Path) -> None:
    take(channel.repository, tmp_path, leaky=SECRET)
    assert take(channel.repository, tmp_path).withheld == 1
    allow(entry=Entry.objects.get(), asked_by=None)
    assert take(channel.repository, tmp_path).published == 1
    assert Entry.objects.get().withheld == ""


def test_the_files_of_a_tarball_are_kept(channel: Channel, tmp_path: Path) -> None:
    take(channel.repository, tmp_path, clean=CLEAN)
    (file,) = files_of(TarballListing.objects.get())
    assert (file.path, file.size, file.type, file.link) == ("usr/bin/x", 5, FileType.FILE, "")


def test_what_a_library_is_linked_against_is_kept(repository: Repository) -> None:
    row = make_tarball(repository, "x.tar.bz2")
    linkage = Linkage("libx.so.1", ("libc.so.6",))
    files = [TarballFile("usr/lib/libx.so.1", 9, FileType.FILE, 0o755, "", linkage)]
    keep_listings({row: files})
    assert files_of(row.listing) == tuple(files)


def test_files_are_a_tree_with_sums() -> None:
    root = as_tree(
        [
            TarballFile("usr", 0, FileType.DIRECTORY, 0o755, ""),
            TarballFile("usr/bin/b", 2, FileType.FILE, 0o755, ""),
            TarballFile("usr/bin/a", 3, FileType.FILE, 0o755, ""),
            TarballFile("usr/lib", 0, FileType.SYMLINK, 0o777, "lib64"),
        ]
    )
    assert (root.count, root.size) == (3, 5)
    usr = root.directories["usr"]
    assert (usr.count, list(usr.directories)) == (3, ["bin"])
    assert [file.path for file in usr.directories["bin"].files] == ["usr/bin/a", "usr/bin/b"]
    assert [file.link for file in usr.files] == ["lib64"]
