"""What two states of a repository differ in."""

from functools import partial

import pytest
from pytest_django import DjangoAssertNumQueries

from pbins.models import ChangeKind, Channel, Pbin, Repository
from pbins.services.differences import PbinFile, difference, stored_pbins
from pbins.services.places import git_of
from pbins.storage.git_contents import blob_id
from tests.releases import release


@pytest.fixture
def master(repository: Repository) -> Channel:
    return repository.channels.get()


@pytest.fixture
def states(master: Channel) -> tuple[str, str]:
    """Two commits: of four versions one was built again, one is new, and one is gone."""
    make = partial(release, master)
    make("sys-test/one")
    make("sys-test/same")
    before = make("sys-test/two", "1.0").commit
    make("sys-test/two", "1.0-r0", build=2)
    make("sys-test/one", "2.0")
    make("sys-test/one", "10.0")
    return before, make("sys-test/one", build=3).commit


def test_versions_are_told_by_package_and_version(
    repository: Repository, states: tuple[str, str]
) -> None:
    there = [(one.kind, str(one.pbin)) for one in difference(repository, *states)]
    assert there == [
        ("replaced", "sys-test/one-1.0"),
        ("added", "sys-test/one-2.0"),
        ("added", "sys-test/one-10.0"),
        ("replaced", "sys-test/two-1.0-r0"),
    ]
    back = [(one.kind, str(one.pbin)) for one in difference(repository, *reversed(states))]
    assert back[1:] == [
        ("removed", "sys-test/one-2.0"),
        ("removed", "sys-test/one-10.0"),
        ("replaced", "sys-test/two-1.0"),
    ]
    assert not difference(repository, states[0], states[0])


def test_it_is_counted_without_a_look_at_any_pbin(
    repository: Repository,
    states: tuple[str, str],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    with django_assert_num_queries(0):
        found = difference(repository, *states)
        assert found.counts == {
            ChangeKind.ADDED: 2,
            ChangeKind.REPLACED: 2,
            ChangeKind.REMOVED: 0,
        }
        added = found.where(lambda one: one.kind == ChangeKind.ADDED)
        assert (len(found), len(added)) == (4, 2)
    with django_assert_num_queries(1):
        assert [change.version for change in added[:1]] == ["2.0"]
    assert added[1].version == "10.0"


def test_the_stored_pbins_are_told_and_what_is_not_stored_is_read_from_git(
    repository: Repository, states: tuple[str, str]
) -> None:
    again = difference(repository, *states)[0]
    assert again.before is not None
    assert again.after is not None
    assert {again.before.pk, again.after.pk} == set(
        Pbin.objects.filter(package="one", version="1.0").values_list("pk", flat=True)
    )
    again.before.changes.update(pbin=None)
    again.before.delete()
    anew = difference(repository, *states)[0].before
    assert anew is not None
    assert not anew.pk
    assert anew.text == again.before.text


def test_a_file_is_a_stored_pbin_only_with_that_very_content(
    repository: Repository, states: tuple[str, str]
) -> None:
    pbin = Pbin.objects.get(package="same")
    file = PbinFile(pbin.path, blob_id(pbin.text.encode()))
    other = PbinFile(pbin.path, blob_id(Pbin.objects.filter(package="one")[0].text.encode()))
    found = stored_pbins(repository, [file, other])
    assert pbin.tarball is not None
    assert found == {file: (pbin.pk, pbin.tarball.name, pbin.tarball.size)}
    pbin.tarball.is_present = False
    pbin.tarball.save()
    assert stored_pbins(repository, [file])[file].tarball == ""


def test_what_is_no_pbin_is_passed_over(repository: Repository, master: Channel) -> None:
    before = release(master, "sys-test/one").commit
    git = git_of(repository)
    strange = {
        "packages/sys-test/one/one-2.pbin-1+exheres-0": b"no pbin at all (",
        "packages/sys-test/one/one-x.y.pbin-1+exheres-0": b"",
        "packages/sys-test/one/two-1.pbin-1+exheres-0": b"",
        "packages/sys-test/one/files/one-3.pbin-1+exheres-0": b"",
        "packages/README": b"",
    }
    after = git.commit(
        parent=before,
        changes=dict(strange),
        message="By hand",
        author="A <a@example.org>",
        when=master.repository.created_at,
    )
    (only,) = difference(repository, before, after)
    assert (only.name, only.version) == ("sys-test/one", "2")
    assert not only.pbin.pk
