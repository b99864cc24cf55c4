"""A scrub finds every kind of damage, says it once, and settles what is no longer so."""

import errno
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from pbins.models import Channel, Entry, Finding, FindingKind, Pbin, Repository, RunState
from pbins.services import keeping, scrubbing
from pbins.services.layouts import mirrors_conf
from pbins.services.places import distfiles_of, git_of, places
from pbins.services.scrubbing import scrub, scrub_if_due
from pbins.services.signing import AUTHOR
from pbins.storage.distfiles import Distfiles
from pbins.storage.errors import GitError
from tests.factories import make_run
from tests.stock import file_of, publish_version, tarball_bytes


@pytest.fixture
def channel(repository: Repository) -> Channel:
    return repository.channels.get()


@pytest.fixture
def hello(channel: Channel) -> Pbin:
    return publish_version(channel)


@pytest.fixture
def nothing_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of this very moment count as old."""
    monkeypatch.setattr(keeping, "UNDER_WAY", timedelta(seconds=-60))


def found(repository: Repository, *, full: bool = False) -> set[tuple[str, str]]:
    return {(one.kind, one.what) for one in scrub(repository=repository, full=full).findings}


def alter(path: Path, *, keep_time: bool = False) -> None:
    """One byte becomes another; the size stays."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[30] ^= 1
    path.write_bytes(content)
    if keep_time:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    else:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))


def commit(channel: Channel, changes: dict[str, bytes | None]) -> None:
    """Somebody else moves the branch, past us."""
    git = git_of(channel.repository)
    head = git.head(channel.name)
    made = git.commit(parent=head, changes=changes, message="x", author=AUTHOR, when=timezone.now())
    git.move(channel.name, to=made, expected=head)


def test_a_healthy_repository_has_no_findings(hello: Pbin) -> None:
    report = scrub(repository=hello.repository, full=True)
    assert (report.findings, report.new, report.files) == ((), 0, 1)
    assert report.read == file_of(hello).stat().st_size


def test_a_quick_scrub_reads_no_tarball_that_looks_as_it_was(hello: Pbin) -> None:
    assert scrub(repository=hello.repository).read == 0


def is_removed(path: Path) -> None:
    path.unlink()


def is_cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def is_longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


@pytest.mark.parametrize(
    ("happens", "kind"),
    [
        (is_removed, FindingKind.MISSING),
        (is_cut, FindingKind.TRUNCATED),
        (is_longer, FindingKind.ALTERED),
        (alter, FindingKind.ALTERED),
    ],
)
def test_a_quick_scrub_sees_what_happened_to_a_tarball(
    hello: Pbin, happens: Callable[[Path], None], kind: FindingKind
) -> None:
    happens(file_of(hello))
    assert found(hello.repository) == {(kind, file_of(hello).name)}


def test_only_a_full_scrub_sees_what_size_and_time_hide_and_a_quick_one_remembers(
    hello: Pbin,
) -> None:
    alter(file_of(hello), keep_time=True)
    assert found(hello.repository) == set()
    altered = {(FindingKind.ALTERED, file_of(hello).name)}
    assert found(hello.repository, full=True) == altered
    assert found(hello.repository) == altered


def test_a_file_that_was_only_touched_is_read_once_and_then_believed(hello: Pbin) -> None:
    os.utime(file_of(hello), ns=(1, 1))
    assert scrub(repository=hello.repository).read > 0
    assert scrub(repository=hello.repository).read == 0
    assert not Finding.objects.exists()


def test_a_finding_is_one_row_until_it_is_settled(hello: Pbin) -> None:
    path = file_of(hello)
    content = path.read_bytes()
    path.unlink()
    assert scrub(repository=hello.repository).new == 1
    assert scrub(repository=hello.repository).new == 0
    path.write_bytes(content)
    assert found(hello.repository) == set()
    finding = Finding.objects.get()
    assert finding.settled_at is not None
    path.unlink()
    assert scrub(repository=hello.repository).new == 1
    assert Finding.objects.count() == 2


def test_a_tarball_that_nothing_needs_may_be_gone(channel: Channel, hello: Pbin) -> None:
    Repository.objects.update(keep_publications=1, keep_days=0)
    publish_version(channel, build=2)
    file_of(hello).unlink()
    assert found(Repository.objects.get()) == set()
    hello.refresh_from_db()
    assert hello.tarball is not None
    assert not hello.tarball.is_present


def test_a_tarball_that_a_kept_publication_names_is_missed(channel: Channel, hello: Pbin) -> None:
    publish_version(channel, build=2)
    file_of(hello).unlink()
    assert found(channel.repository) == {(FindingKind.MISSING, file_of(hello).name)}


def test_a_pbin_that_is_served_without_a_tarball_is_found(channel: Channel, hello: Pbin) -> None:
    Pbin.objects.update(tarball=None)
    kinds = {kind for kind, _ in found(channel.repository)}
    assert FindingKind.NO_TARBALL in kinds


@pytest.mark.usefixtures("nothing_is_under_way")
def test_a_tarball_that_no_pbin_names_is_found(hello: Pbin) -> None:
    name = "pbins--sys-test--other-1--C.1.1.1.C.tar.bz2"
    distfiles_of(hello.repository).path(name).write_bytes(tarball_bytes())
    assert found(hello.repository) == {(FindingKind.NO_PBIN, name)}


@pytest.mark.usefixtures("nothing_is_under_way")
def test_half_written_leftovers_are_found(hello: Pbin) -> None:
    root = places().root
    ended = make_run(repository=hello.repository, state=RunState.FAILED)
    left = {
        "incoming/pbins/some.tar.bz2",
        "distfiles/pbins/.abc.partial",
        f"incoming/run-{ended.pk}.tar",
    }
    for name in left:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"half")
    assert found(hello.repository) == {(FindingKind.LEFTOVER, name) for name in left}


def test_what_work_under_way_has_written_is_left_alone(hello: Pbin) -> None:
    make_run(repository=hello.repository, state=RunState.COLLECTING)
    coming = places().incoming / "pbins" / "some.tar.bz2"
    coming.parent.mkdir(parents=True)
    coming.write_bytes(b"half")
    distfiles_of(hello.repository).path("some--new.tar.bz2").write_bytes(tarball_bytes())
    assert found(hello.repository) == set()


PATH = "packages/sys-test/hello/hello-1.0.pbin-1+exheres-0"
MANIFEST = "packages/sys-test/hello/Manifest"
OTHER = "packages/sys-test/other/other-1.pbin-1+exheres-0"


@pytest.mark.parametrize(
    ("changes", "kind", "path"),
    [
        ({PATH: None}, FindingKind.TREE, PATH),
        ({PATH: b"SUMMARY=x"}, FindingKind.TREE, PATH),
        ({OTHER: b"SUMMARY=x"}, FindingKind.TREE, OTHER),
        ({MANIFEST: b""}, FindingKind.MANIFEST, MANIFEST),
        ({MANIFEST: b"DIST \xff\n"}, FindingKind.MANIFEST, MANIFEST),
        ({MANIFEST: None}, FindingKind.MANIFEST, MANIFEST),
    ],
)
def test_git_that_disagrees_with_the_catalogue_is_found(
    channel: Channel,
    hello: Pbin,
    changes: dict[str, bytes | None],
    kind: FindingKind,
    path: str,
) -> None:
    commit(channel, changes)
    assert found(channel.repository) == {
        (kind, f"master:{path}"),
        (FindingKind.CHANNEL, "master"),
    }


def test_a_manifest_in_another_order_is_no_finding(channel: Channel, hello: Pbin) -> None:
    publish_version(channel, version="2.0")
    git = git_of(channel.repository)
    lines = git.read(channel.commit, MANIFEST).splitlines(keepends=True)
    commit(channel, {MANIFEST: b"".join(reversed(lines))})
    assert found(channel.repository) == {(FindingKind.CHANNEL, "master")}


def test_files_that_are_neither_pbin_nor_manifest_are_not_looked_at(
    channel: Channel, hello: Pbin
) -> None:
    changes = {"metadata/mirrors.conf": mirrors_conf(channel, {"other"})}
    commit(channel, {**changes, "packages/.gitkeep": b""})
    assert found(channel.repository) == {(FindingKind.CHANNEL, "master")}


def test_an_entry_that_git_lacks_is_found(channel: Channel, hello: Pbin) -> None:
    Entry.objects.update(version_key="other")
    Entry.objects.filter(pbin=hello).update(withheld="broken")
    assert (FindingKind.TREE, f"master:{PATH}") in found(channel.repository)


def test_the_daily_scrub_reads_what_was_not_read_for_long(hello: Pbin) -> None:
    repository = hello.repository
    repository.refresh_from_db()
    alter(file_of(hello), keep_time=True)
    assert scrub_if_due(repository)
    assert not Finding.objects.exists()
    long_ago = timezone.now() - timedelta(days=repository.scrub_days + 1)
    repository.tarballs.update(verified_at=long_ago)
    repository.refresh_from_db()
    assert not scrub_if_due(repository)
    Repository.objects.update(scrubbed_at=timezone.now() - timedelta(days=1))
    repository.refresh_from_db()
    assert scrub_if_due(repository)
    assert Finding.objects.get().kind == FindingKind.ALTERED


def test_a_repository_that_is_never_scrubbed_is_left_alone(repository: Repository) -> None:
    repository.scrub_days = 0
    assert not scrub_if_due(repository)


def test_a_tarball_that_can_not_be_read_is_a_finding_and_the_others_are_read(
    channel: Channel, hello: Pbin, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = publish_version(channel, version="2.0")
    read = Distfiles.sha256

    def fails(distfiles: Distfiles, name: str) -> str:
        if name == file_of(hello).name:
            raise OSError(errno.EIO, "Input/output error")
        return read(distfiles, name)

    alter(file_of(other), keep_time=True)
    with monkeypatch.context() as broken:
        broken.setattr(Distfiles, "sha256", fails)
        assert found(channel.repository, full=True) == {
            (FindingKind.UNREADABLE, file_of(hello).name),
            (FindingKind.ALTERED, file_of(other).name),
        }
        told = Finding.objects.get(kind=FindingKind.UNREADABLE).details
        assert told == "It can't be read: Input/output error."
        # It looks as it was, and is tried again all the same.
        assert (FindingKind.UNREADABLE, file_of(hello).name) in found(channel.repository)
    assert found(channel.repository) == {(FindingKind.ALTERED, file_of(other).name)}


def test_a_scrub_that_can_not_end_keeps_what_it_saw_and_says_why(
    channel: Channel, hello: Pbin, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Repository) -> None:
        raise GitError("ls-tree", 128, "bad object")

    file_of(hello).unlink()
    with monkeypatch.context() as damaged:
        damaged.setattr(scrubbing, "check_channels", broken)
        with pytest.raises(GitError):
            scrub(repository=channel.repository)
    repository = Repository.objects.get()
    assert repository.is_scrub_open
    kinds = set(repository.findings.open().values_list("kind", flat=True))
    assert kinds == {FindingKind.MISSING, FindingKind.TROUBLE}
    trouble = Finding.objects.get(kind=FindingKind.TROUBLE)
    assert (trouble.what, "bad object" in trouble.details) == ("scrub", True)
    scrub(repository=repository)
    trouble.refresh_from_db()
    assert trouble.settled == "It went well again."
    assert not Repository.objects.get().is_scrub_open
