"""Each finding has its repair; a repair that can't be made says why and changes nothing."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from pbins.models import (
    Change,
    ChangeKind,
    Channel,
    Entry,
    Finding,
    Host,
    Pbin,
    Repository,
    RunKind,
    Tarball,
)
from pbins.services import keeping
from pbins.services.arrivals import Arrival
from pbins.services.errors import Refused
from pbins.services.layouts import distdir_on
from pbins.services.places import distfiles_of, git_of, places
from pbins.services.publishing import publish
from pbins.services.repairing import Repair, repair, repairs_of
from pbins.services.retaking import lacks_only_its_tarball, take_entry_again
from pbins.services.scrubbing import scrub
from pbins.services.signing import AUTHOR
from pbins.services.trashing import restore, trash_of
from pbins.services.withdrawing import remove_versions
from tests.releases import begin, commit_message
from tests.stock import file_of, names_in, publish_version, tarball_bytes

PATH = "packages/sys-test/hello/hello-1.0.pbin-1+exheres-0"
MANIFEST = "packages/sys-test/hello/Manifest"


@pytest.fixture
def channel(repository: Repository) -> Channel:
    return repository.channels.get()


@pytest.fixture
def hello(channel: Channel) -> Pbin:
    return publish_version(channel)


def the_finding(repository: Repository, *, full: bool = False) -> Finding:
    (finding,) = scrub(repository=repository, full=full).findings
    return finding


def is_healthy(repository: Repository) -> bool:
    return not scrub(repository=repository, full=True).findings


def on_builder(builder: Host, pbin: Pbin) -> Path:
    return Path(distdir_on(builder, pbin.repository)) / file_of(pbin).name


def removed(path: Path) -> None:
    path.unlink()


def damaged(path: Path) -> None:
    path.write_bytes(tarball_bytes("another"))


@pytest.mark.parametrize("happens", [removed, damaged])
def test_a_tarball_is_taken_again_from_a_builder(
    builder: Host, hello: Pbin, happens: Callable[[Path], None]
) -> None:
    content = file_of(hello).read_bytes()
    on_builder(builder, hello).write_bytes(content)
    happens(file_of(hello))
    finding = the_finding(hello.repository)
    assert repair(finding=finding, how=Repair.TAKE_AGAIN, asked_by=None) is None
    assert file_of(hello).read_bytes() == content
    assert is_healthy(hello.repository)
    finding.refresh_from_db()
    assert finding.settled == "Taken again from forge."
    assert list((places().incoming / "pbins").iterdir()) == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "forge does not have it any more"),
        (tarball_bytes("another"), "its SHA-256 is"),
        (b"", "the file is empty"),
        (tarball_bytes()[:-4], "cut short"),
    ],
)
def test_what_is_not_the_same_tarball_is_not_taken(
    builder: Host, hello: Pbin, content: bytes | None, words: str
) -> None:
    if content is not None:
        on_builder(builder, hello).write_bytes(content)
    file_of(hello).unlink()
    finding = the_finding(hello.repository)
    with pytest.raises(Refused, match=words):
        repair(finding=finding, how=Repair.TAKE_AGAIN, asked_by=None)
    assert names_in(hello.repository) == set()
    finding.refresh_from_db()
    assert finding.settled_at is None
    assert words in finding.attempt


def test_without_a_builder_there_is_nobody_to_ask(hello: Pbin) -> None:
    file_of(hello).unlink()
    with pytest.raises(Refused, match="there is no builder"):
        repair(finding=the_finding(hello.repository), how=Repair.TAKE_AGAIN, asked_by=None)


def test_a_rebuild_is_queued_and_settles_nothing_yet(builder: Host, hello: Pbin) -> None:
    file_of(hello).unlink()
    finding = the_finding(hello.repository)
    run = repair(finding=finding, how=Repair.REBUILD, asked_by=None)
    assert run is not None
    assert (run.kind, run.specs) == (RunKind.BUILD, ["=sys-test/hello-1.0"])
    assert run.choices["keep_targets"] == "never"
    finding.refresh_from_db()
    assert finding.settled_at is None
    assert finding.attempt == f"Run {run.pk} builds it again."


def test_quarantine_takes_a_version_from_hosts_and_leaves_it_in_the_catalogue(
    channel: Channel, hello: Pbin
) -> None:
    other = publish_version(channel, version="2.0")
    damaged(file_of(hello))
    finding = the_finding(hello.repository)
    otto = User.objects.create_user("otto")
    repair(finding=finding, how=Repair.QUARANTINE, asked_by=otto)
    channel.refresh_from_db()
    git = git_of(channel.repository)
    assert git.head("master") == channel.commit
    assert PATH not in git.files(channel.commit)
    assert other.tarball is not None
    assert file_of(hello).name not in git.read(channel.commit, MANIFEST).decode()
    assert other.tarball.name in git.read(channel.commit, MANIFEST).decode()
    entry = Entry.objects.get(pbin=hello)
    assert entry.withheld.startswith("Quarantined: It has ")
    change = Change.objects.latest("pk")
    assert (change.kind, change.version) == (ChangeKind.REMOVED, "1.0")
    assert change.publication.asked_by == otto
    assert "by otto" in change.publication.message
    assert "Asked for by otto." in commit_message(change.publication)
    assert names_in(channel.repository) == {other.tarball.name}
    assert is_healthy(channel.repository)


def test_what_was_quarantined_is_given_back_when_it_is_whole_again(
    builder: Host, channel: Channel, hello: Pbin
) -> None:
    content = file_of(hello).read_bytes()
    damaged(file_of(hello))
    finding = the_finding(hello.repository)
    repair(finding=finding, how=Repair.QUARANTINE, asked_by=None)
    with pytest.raises(Refused, match="damaged"):
        restore(repository=channel.repository)
    entry = Entry.objects.with_files().get()
    assert lacks_only_its_tarball(entry)
    with pytest.raises(Refused, match="forge does not have it any more"):
        take_entry_again(entry=entry, asked_by=None)
    on_builder(builder, hello).write_bytes(content)
    assert take_entry_again(entry=entry, asked_by=None) == "forge"
    assert Entry.objects.get().withheld == ""
    channel.refresh_from_db()
    given = channel.publications.latest("pk")
    assert "It came from forge." in given.message
    assert "forge" not in commit_message(given)
    assert PATH in git_of(channel.repository).files(channel.commit)
    assert not trash_of(channel.repository).has(file_of(hello).name)
    assert is_healthy(channel.repository)


def test_what_was_withheld_for_a_tarball_that_did_not_come_is_taken_and_given(
    builder: Host, channel: Channel, hello: Pbin
) -> None:
    on_builder(builder, hello).write_bytes(file_of(hello).read_bytes())
    stable = begin("stable", channel)
    for one in (channel, stable):
        publish_withheld(one, hello, "forge: connection lost")
    file_of(hello).unlink()
    Pbin.objects.update(tarball=None)
    Tarball.objects.all().delete()
    assert take_entry_again(entry=_entry_in(channel), asked_by=None) == "forge"
    for one in (channel, stable):
        assert _entry_in(one).withheld == ""
    assert is_healthy(channel.repository)


@pytest.mark.parametrize("withheld", ["", "It breaks hosts."])
def test_what_is_withheld_for_another_reason_or_not_at_all_is_not_taken_again(
    hello: Pbin, withheld: str
) -> None:
    Entry.objects.update(withheld=withheld)
    entry = Entry.objects.with_files().get()
    assert not lacks_only_its_tarball(entry)
    with pytest.raises(Refused, match="not withheld for its tarball"):
        take_entry_again(entry=entry, asked_by=None)


def publish_withheld(channel: Channel, pbin: Pbin, reason: str) -> None:
    """As a build's collection does with one whose tarball did not come."""
    remove_versions(channel=channel, pbins=[pbin], reason="", asked_by=None)
    channel.refresh_from_db()
    publish(channel=channel, arrivals=[Arrival(pbin, reason)], message="Add")


def _entry_in(channel: Channel) -> Entry:
    return channel.entries.with_files().get()


@pytest.mark.parametrize("happens", [removed, damaged])
def test_what_no_channel_serves_any_more_can_be_given_up(
    channel: Channel, hello: Pbin, happens: Callable[[Path], None]
) -> None:
    other = publish_version(channel, build=2)
    happens(file_of(hello))
    finding = the_finding(channel.repository)
    assert repairs_of(finding) == (Repair.TAKE_AGAIN, Repair.GIVE_UP)
    with pytest.raises(Refused, match="there is take-again, give-up"):
        repair(finding=finding, how=Repair.QUARANTINE, asked_by=None)
    repair(finding=finding, how=Repair.GIVE_UP, asked_by=None)
    assert names_in(channel.repository) == {file_of(other).name}
    assert is_healthy(channel.repository)


def test_what_hosts_are_given_is_not_given_up(hello: Pbin) -> None:
    file_of(hello).unlink()
    with pytest.raises(Refused, match="does not help"):
        repair(finding=the_finding(hello.repository), how=Repair.GIVE_UP, asked_by=None)


def test_a_tarball_without_pbin_goes_to_the_trash_and_comes_back(
    hello: Pbin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "UNDER_WAY", timedelta(seconds=-60))
    name = "pbins--sys-test--other-1--C.1.1.1.C.tar.bz2"
    distfiles_of(hello.repository).path(name).write_bytes(tarball_bytes())
    repair(finding=the_finding(hello.repository), how=Repair.TRASH, asked_by=None)
    assert names_in(hello.repository) == {file_of(hello).name}
    assert is_healthy(hello.repository)
    assert [row.name for row in restore(repository=hello.repository).rows] == [name]
    assert name in names_in(hello.repository)


def test_leftovers_are_deleted_unless_work_began_that_may_use_them(
    hello: Pbin, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = places().incoming / "pbins" / "some.tar.bz2"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    with monkeypatch.context() as later:
        later.setattr(keeping, "UNDER_WAY", timedelta(seconds=-60))
        finding = the_finding(hello.repository)
    with pytest.raises(Refused, match="in use"):
        repair(finding=finding, how=Repair.DELETE, asked_by=None)
    assert left.exists()
    monkeypatch.setattr(keeping, "UNDER_WAY", timedelta(seconds=-60))
    repair(finding=finding, how=Repair.DELETE, asked_by=None)
    assert not left.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {PATH: None},
        {PATH: b"SUMMARY=x"},
        {MANIFEST: b""},
        {MANIFEST: None},
        {"packages/sys-test/new/new-1.pbin-1+exheres-0": None},
    ],
)
def test_what_the_catalogue_has_is_published_again(
    channel: Channel, hello: Pbin, changes: dict[str, bytes | None]
) -> None:
    git, before = git_of(channel.repository), channel.commit
    stranger = git.read(before, PATH).replace(b"hello", b"new")
    head = git.commit(
        parent=before,
        changes={path: stranger if "/new/" in path else text for path, text in changes.items()},
        message="x",
        author=AUTHOR,
        when=timezone.now(),
    )
    git.move("master", to=head, expected=before)
    for finding in scrub(repository=channel.repository).findings:
        repair(finding=finding, how=Repair.PUBLISH, asked_by=None)
    channel.refresh_from_db()
    assert git.files(channel.commit, "packages") == git.files(before, "packages")
    assert is_healthy(channel.repository)


def test_a_repair_that_does_not_fit_is_refused(hello: Pbin) -> None:
    file_of(hello).unlink()
    finding = the_finding(hello.repository)
    with pytest.raises(Refused, match="there is take-again, rebuild, quarantine"):
        repair(finding=finding, how=Repair.DELETE, asked_by=None)


def test_what_is_settled_is_not_repaired_again(hello: Pbin) -> None:
    content = file_of(hello).read_bytes()
    file_of(hello).unlink()
    finding = the_finding(hello.repository)
    file_of(hello).write_bytes(content)
    scrub(repository=hello.repository)
    finding.refresh_from_db()
    with pytest.raises(Refused, match="settled already"):
        repair(finding=finding, how=Repair.REBUILD, asked_by=None)
