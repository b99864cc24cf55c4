import pytest

from pbins.storage.errors import GitError
from pbins.storage.git import GitRepository
from pbins.storage.git_contents import blob_id
from pbins.storage.git_diff import FileChange, changed_files
from tests.storage.conftest import commit_on

NOWHERE = "1" * 40


def test_files_that_differ_are_told_with_their_blobs(repository: GitRepository) -> None:
    first = commit_on(
        repository,
        parent=None,
        changes={"packages/a": b"1", "packages/b": b"same", "metadata/x": b"1"},
    )
    second = commit_on(
        repository,
        parent=first,
        changes={"packages/a": b"2", "packages/é": b"3", "metadata/x": b"2"},
    )
    assert list(changed_files(repository, first, second, "packages")) == [
        FileChange("packages/a", blob_id(b"1"), blob_id(b"2")),
        FileChange("packages/é", None, blob_id(b"3")),
    ]
    assert len(list(changed_files(repository, second, first))) == 3
    assert not list(changed_files(repository, first, first))


def test_a_commit_that_is_not_there_is_an_error(repository: GitRepository) -> None:
    made = commit_on(repository, {"packages/a": b"1"})
    with pytest.raises(GitError):
        list(changed_files(repository, made, NOWHERE))
