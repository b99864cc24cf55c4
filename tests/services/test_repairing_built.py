"""A repository that was really built, damaged, and made whole from its builder."""

from pathlib import Path

from pbins.models import Entry, FindingKind, Host, Repository, RunState
from pbins.services.builder_checks import check_builders
from pbins.services.layouts import distdir_on
from pbins.services.places import distfiles_of
from pbins.services.queueing import queue_build
from pbins.services.repairing import Repair, repair
from pbins.services.scrubbing import scrub
from tests.fleets import drive


def test_what_was_built_is_taken_again_and_its_builder_has_no_orphans(
    builder: Host, repository: Repository
) -> None:
    run = queue_build(repository=repository, specs=["app-shells/conch"], asked_by=None)
    assert drive(run).state == RunState.SUCCEEDED, run.reason
    entry = Entry.objects.with_files().get(package="conch")
    assert entry.pbin.tarball is not None
    path = distfiles_of(repository).path(entry.pbin.tarball.name)
    content = path.read_bytes()
    assert (Path(distdir_on(builder, repository)) / path.name).read_bytes() == content
    assert scrub(repository=repository, full=True).findings == ()
    path.write_bytes(content[:-100])
    (finding,) = scrub(repository=repository).findings
    assert finding.kind == FindingKind.TRUNCATED
    repair(finding=finding, how=Repair.TAKE_AGAIN, asked_by=None)
    assert path.read_bytes() == content
    assert scrub(repository=repository, full=True).findings == ()
    assert check_builders(repository) == []
    assert not repository.findings.open().exists()


def test_what_nobody_has_any_more_is_built_again(builder: Host, repository: Repository) -> None:
    run = queue_build(repository=repository, specs=["app-shells/conch"], asked_by=None)
    drive(run)
    entry = Entry.objects.with_files().get(package="conch")
    assert entry.pbin.tarball is not None
    lost = entry.pbin.tarball.name
    distfiles_of(repository).path(lost).unlink()
    (Path(distdir_on(builder, repository)) / lost).unlink()
    (finding,) = scrub(repository=repository).findings
    again = repair(finding=finding, how=Repair.REBUILD, asked_by=None)
    assert again is not None
    assert drive(again).state == RunState.SUCCEEDED, again.reason
    entry = Entry.objects.with_files().get(package="conch")
    assert entry.pbin.tarball is not None
    assert entry.pbin.tarball.name != lost
    (finding,) = scrub(repository=repository).findings  # a kept publication names it yet
    repair(finding=finding, how=Repair.GIVE_UP, asked_by=None)
    assert scrub(repository=repository, full=True).findings == ()
