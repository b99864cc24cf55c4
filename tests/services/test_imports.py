"""Taking in repositories that exist already; the last tests take in a real one."""

from hashlib import sha256
from pathlib import Path

import pytest

from pbins.models import Entry, Pbin, Repository, Tarball
from pbins.services.errors import Refused
from pbins.services.imports import ImportReport, directory_origin, import_origin
from pbins.services.places import git_of, places
from pbins.storage.distfiles import Distfiles
from pbins.storage.errors import StorageFull
from pbins.storage.git import GitRepository
from tests.factories import pbin_text
from tests.releases import commit_message
from tests.services.test_publishing import a_tarball

CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpus"
SUM = sha256(a_tarball()).hexdigest()
NAME = "others--sys-test--hello-1.0--C.1.1.1.C.tar.bz2"


@pytest.fixture
def existing(tmp_path: Path) -> Path:
    """A repository with one package and with the tarball of it."""
    package = tmp_path / "tree/packages/sys-test/hello"
    package.mkdir(parents=True)
    text = pbin_text({"BINARY_URI": f"mirror://others/{NAME}"})
    (package / "hello-1.0.pbin-1+exheres-0").write_text(text)
    (package / "Manifest").write_text(f"DIST {NAME} {len(a_tarball())} SHA256 {SUM}\n")
    (tmp_path / "distfiles").mkdir()
    (tmp_path / "distfiles" / NAME).write_bytes(a_tarball())
    return tmp_path


def take(repository: Repository, existing: Path, *, distfiles: bool = True) -> ImportReport:
    tarballs = str(existing / "distfiles") if distfiles else ""
    origin = directory_origin(existing / "tree", tarballs)
    return import_origin(repository=repository, origin=origin)


def test_with_its_tarballs_a_repository_is_published(
    repository: Repository, existing: Path
) -> None:
    report = take(repository, existing)
    assert report == ImportReport(found=1, published=1, withheld=0, problems=())
    assert (places().distfiles("pbins") / NAME).read_bytes() == a_tarball()
    assert (existing / "distfiles" / NAME).exists()
    git = git_of(repository)
    mirrors = git.read(git.head("master") or "", "metadata/mirrors.conf").decode()
    assert mirrors.split()[::2] == ["others", "pbins"]


def test_where_it_came_from_is_told_to_people_with_a_role_alone(
    repository: Repository, existing: Path
) -> None:
    take(repository, existing)
    publication = repository.publications.latest("pk")
    assert publication.message == (
        "Import 1 pbins\n\nFrom tree. Asked for from the command line.\n"
    )
    assert commit_message(publication) == "Import 1 pbins\n\nAsked for from the command line."


def test_without_its_tarballs_it_is_in_the_catalogue_and_withheld_from_hosts(
    repository: Repository, existing: Path
) -> None:
    before = git_of(repository).head("master")
    report = take(repository, existing, distfiles=False)
    assert (report.published, report.withheld) == (0, 1)
    assert Entry.objects.get().withheld == "Its tarball is not here."
    tarball = Tarball.objects.get()
    assert (tarball.size, tarball.sha256, tarball.is_present) == (len(a_tarball()), SUM, False)
    assert git_of(repository).head("master") == before


def test_of_equal_versions_the_one_that_is_left_out_is_named(
    repository: Repository, existing: Path
) -> None:
    package = existing / "tree/packages/sys-test/hello"
    (package / "hello-1.0-r0.pbin-1+exheres-0").write_text(pbin_text({}))
    report = take(repository, existing)
    assert (report.found, report.published, report.withheld) == (2, 1, 0)
    assert any("hello-1.0-r0.pbin-1+exheres-0: is the same" in one for one in report.problems)
    assert Entry.objects.get().version == "1.0"


def test_tarballs_may_come_later_and_again(repository: Repository, existing: Path) -> None:
    take(repository, existing, distfiles=False)
    assert take(repository, existing).published == 1
    head = git_of(repository).head("master")
    assert take(repository, existing).published == 1
    assert Entry.objects.served().count() == Pbin.objects.count() == 1
    assert git_of(repository).head("master") == head


def test_a_broken_tarball_is_named_and_its_pbin_withheld(
    repository: Repository, existing: Path
) -> None:
    (existing / "distfiles" / NAME).write_bytes(a_tarball()[:-20])
    report = take(repository, existing)
    assert (report.published, report.withheld, len(report.problems)) == (0, 1, 1)
    assert "not a whole tarball" in report.problems[0]
    assert not (places().distfiles("pbins") / NAME).exists()


def test_a_tarball_that_is_not_the_one_of_the_manifest_is_not_taken(
    repository: Repository, existing: Path
) -> None:
    manifest = existing / "tree/packages/sys-test/hello/Manifest"
    manifest.write_text(manifest.read_text().replace(SUM, "a" * 64))
    report = take(repository, existing)
    assert (report.published, report.withheld) == (0, 1)
    assert f"its SHA-256 is {SUM}, not aaaa" in report.problems[0]


def test_files_that_are_no_pbins_are_named_and_the_others_taken(
    repository: Repository, existing: Path
) -> None:
    broken = existing / "tree/packages/sys-test/hello/hello-2.0.pbin-1+exheres-0"
    broken.write_bytes(b"\xff\xfe")
    report = take(repository, existing)
    assert (report.found, report.published) == (2, 1)
    assert "hello-2.0.pbin-1+exheres-0: is not UTF-8" in report.problems[0]


def test_what_is_no_repository_is_refused(repository: Repository, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no pbins below"):
        import_origin(repository=repository, origin=directory_origin(tmp_path))
    with pytest.raises(Refused, match="can't be read"):
        directory_origin(tmp_path / "nowhere")


@pytest.mark.parametrize(("door", "act"), [(GitRepository, "commit"), (Distfiles, "adopt")])
def test_a_full_disk_refuses_an_import_with_nothing_changed(
    repository: Repository,
    existing: Path,
    monkeypatch: pytest.MonkeyPatch,
    door: type,
    act: str,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageFull(places().root)

    before = git_of(repository).head("master")
    monkeypatch.setattr(door, act, full)
    with pytest.raises(Refused, match="no space left"):
        take(repository, existing)
    assert git_of(repository).head("master") == before
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("archive", "count"), [("binhost-2016-10-10", 1451), ("binhost-2017-02-02", 1391)]
)
def test_a_real_repository_is_taken_in_whole(
    repository: Repository, archive: str, count: int
) -> None:
    """Two states of one repository; nobody has its tarballs any more."""
    path = CORPUS / f"{archive}.tar.xz"
    if not path.exists():
        pytest.skip("the corpus of a real binary repository is not beside this one")
    report = import_origin(repository=repository, origin=directory_origin(path))
    assert (report.found, report.published, report.withheld) == (count, 0, count)
    assert report.problems == ()
    assert Entry.objects.exclude(withheld="").count() == count
    assert Pbin.objects.exclude(generated_at=None).count() == count
    assert Tarball.objects.filter(is_present=False, size__gt=0).count() == count
