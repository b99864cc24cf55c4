"""What lies about on builders is found, and goes only when our own copy is whole."""

import os
import time
from pathlib import Path

import pytest
from django.utils import timezone

from pbins.models import Finding, FindingKind, Host, Pbin, Repository, RunKind, RunState, Tarball
from pbins.services.builder_checks import check_builder
from pbins.services.builder_cleaning import clean_builders
from pbins.services.connection import connected
from pbins.services.errors import Refused
from pbins.services.layouts import distdir_on, location_on
from pbins.services.remote import HostTrouble
from pbins.services.repairing import Repair, repair, repairs_of
from tests.factories import make_run
from tests.stock import file_of, publish_version

DAYS_AGO = 3 * 86400


@pytest.fixture
def hello(repository: Repository) -> Pbin:
    return publish_version(repository.channels.get())


def lay(builder: Host, name: str, content: bytes = b"x", *, age: int = DAYS_AGO) -> Path:
    """A file in the builder's distdir, last written to ``age`` seconds ago."""
    path = Path(distdir_on(builder, Repository.objects.get())) / name
    path.write_bytes(content)
    then = time.time() - age
    os.utime(path, (then, then))
    return path


def keep_in_tree(builder: Host, pbin: Pbin) -> None:
    """The builder's own repository has the pbin."""
    path = Path(location_on(builder, pbin.repository)) / pbin.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(pbin.text)


def found(builder: Host) -> set[tuple[str, str]]:
    repository = Repository.objects.get()
    with connected(builder) as transport:
        check_builder(repository, builder, transport)
    return {(one.kind, one.what) for one in repository.findings.open()}


def test_leftovers_and_orphans_are_found_and_nothing_else(builder: Host, hello: Pbin) -> None:
    content = file_of(hello).read_bytes()
    lay(builder, file_of(hello).name, content)
    keep_in_tree(builder, hello)
    stranger = lay(builder, "pbins--sys-test--old-1--C.1.1.1.C.tar.bz2")
    leftover = lay(builder, "pbins--sys-test--old-1--C.2.1.1.C.tar")
    lay(builder, "pbins--sys-test--now-1--C.3.1.1.C.tar", age=60)
    lay(builder, "pbins--sys-test--now-1--C.4.1.1.C.tar.bz2", age=60)
    for strange in (
        "hello-1.0.tar.bz2",
        "other--sys-test--old-1--C.1.1.1.C.tar",
        "pbins--x.tar",
        "pbins--sys-test--old-1--C.1.1.1.C.tar; rm -rf x.tar",
    ):
        lay(builder, strange)
    assert found(builder) == {
        (FindingKind.BUILDER_STRANGER, f"forge:{stranger.name}"),
        (FindingKind.BUILDER_LEFTOVER, f"forge:{leftover.name}"),
    }
    unknown = Finding.objects.get(kind=FindingKind.BUILDER_STRANGER)
    assert repairs_of(unknown) == ()  # a button that is always refused would be none
    assert "never took it over" in unknown.details
    stranger.unlink()
    assert found(builder) == {(FindingKind.BUILDER_LEFTOVER, f"forge:{leftover.name}")}


def test_a_leftover_is_removed(builder: Host, hello: Pbin) -> None:
    leftover = lay(builder, "pbins--sys-test--old-1--C.2.1.1.C.tar")
    found(builder)
    repair(finding=Finding.objects.get(), how=Repair.CLEAN, asked_by=None)
    assert not leftover.exists()
    assert Finding.objects.get().settled == "Removed from forge."


def test_an_orphan_goes_when_our_copy_is_whole(builder: Host, hello: Pbin) -> None:
    orphan = lay(builder, file_of(hello).name, file_of(hello).read_bytes())
    found(builder)
    repair(finding=Finding.objects.get(), how=Repair.CLEAN, asked_by=None)
    assert not orphan.exists()


def test_what_the_portal_removed_is_offered_to_go_there_too_though_the_builder_names_it(
    builder: Host, hello: Pbin
) -> None:
    content, name = file_of(hello).read_bytes(), file_of(hello).name
    Repository.objects.update(keep_publications=1, keep_days=0)
    publish_version(hello.repository.channels.get(), build=2)
    Tarball.objects.filter(name=name).update(is_present=False, trashed_at=timezone.now())
    left = lay(builder, name, content)
    keep_in_tree(builder, hello)
    assert found(builder) == {(FindingKind.BUILDER_UNNEEDED, f"forge:{name}")}
    repair(finding=Finding.objects.get(), how=Repair.CLEAN, asked_by=None)
    assert not left.exists()


def our_copy_is_gone(hello: Pbin) -> None:
    file_of(hello).unlink()


def our_copy_is_altered(hello: Pbin) -> None:
    file_of(hello).write_bytes(file_of(hello).read_bytes()[::-1])


def our_copy_is_in_the_trash(hello: Pbin) -> None:
    Tarball.objects.update(is_present=False)


def ours_is_another_one(hello: Pbin) -> None:
    Tarball.objects.update(size=1)


@pytest.mark.parametrize(
    "happens",
    [our_copy_is_gone, our_copy_is_altered, our_copy_is_in_the_trash, ours_is_another_one],
)
def test_an_orphan_stays_when_it_may_be_the_last_one(
    builder: Host, hello: Pbin, happens: object
) -> None:
    orphan = lay(builder, file_of(hello).name, file_of(hello).read_bytes())
    found(builder)
    assert callable(happens)
    happens(hello)
    with pytest.raises(Refused, match="left alone"):
        repair(finding=Finding.objects.get(), how=Repair.CLEAN, asked_by=None)
    assert orphan.exists()


def test_nothing_is_removed_while_something_is_built(builder: Host, hello: Pbin) -> None:
    leftover = lay(builder, "pbins--sys-test--old-1--C.2.1.1.C.tar")
    found(builder)
    run = make_run(
        RunKind.BUILD, host=builder, repository=hello.repository, state=RunState.EXECUTING
    )
    with pytest.raises(Refused, match=f"Run {run.pk} is building"):
        repair(finding=Finding.objects.get(), how=Repair.CLEAN, asked_by=None)
    assert leftover.exists()


def test_a_builder_without_its_tree_is_not_judged(builder: Host, hello: Pbin) -> None:
    lay(builder, file_of(hello).name)
    tree = Path(location_on(builder, hello.repository))
    tree.rename(tree.with_name("elsewhere"))
    with pytest.raises(HostTrouble):
        found(builder)
    assert not Finding.objects.exists()


def test_all_that_lies_about_is_removed_with_one_look_and_what_may_not_go_is_told(
    builder: Host, hello: Pbin
) -> None:
    left = [lay(builder, f"pbins--sys-test--old-1--C.{number}.1.1.C.tar") for number in range(3)]
    orphan = lay(builder, file_of(hello).name, file_of(hello).read_bytes())
    found(builder)
    our_copy_is_altered(hello)
    done = clean_builders(repository=hello.repository)
    assert sorted(done.gone) == [f"forge:{path.name}" for path in left]
    assert [told.partition(": ")[0] for told in done.left] == [f"forge:{orphan.name}"]
    assert not any(path.exists() for path in left)
    assert orphan.exists()
    finding = Finding.objects.open().get()
    assert finding.attempt.startswith("It is left alone")


def test_of_builders_only_what_was_asked_for_is_removed(builder: Host, hello: Pbin) -> None:
    leftover = lay(builder, "pbins--sys-test--old-1--C.2.1.1.C.tar")
    orphan = lay(builder, file_of(hello).name, file_of(hello).read_bytes())
    found(builder)
    done = clean_builders(repository=hello.repository, kinds=[FindingKind.BUILDER_ORPHAN])
    assert (done.gone, done.left) == ((f"forge:{orphan.name}",), ())
    assert leftover.exists()
    assert not orphan.exists()
