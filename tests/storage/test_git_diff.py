from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbins.storage.errors import GitError
from pbins.storage.git import GitRepository
from pbins.storage.git_contents import blob_id
from pbins.storage.git_diff import FileChange, changed_files

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOWHERE = "1" * 40


@pytest.fixture
def git(tmp_path: Path) -> GitRepository:
    made = GitRepository(tmp_path / "pbins.git")
    made.create("master")
    return made


def commit(git: GitRepository, parent: str | None, changes: dict[str, bytes | None]) -> str:
    return git.commit(
        parent=parent, changes=changes, message="x", author="A <a@example.org>", when=NOON
    )


def test_files_that_differ_are_told_with_their_blobs(git: GitRepository) -> None:
    first = commit(git, None, {"packages/a": b"1", "packages/b": b"same", "metadata/x": b"1"})
    second = commit(git, first, {"packages/a": b"2", "packages/é": b"3", "metadata/x": b"2"})
    assert list(changed_files(git, first, second, "packages")) == [
        FileChange("packages/a", blob_id(b"1"), blob_id(b"2")),
        FileChange("packages/é", None, blob_id(b"3")),
    ]
    assert len(list(changed_files(git, second, first))) == 3
    assert not list(changed_files(git, first, first))


def test_a_commit_that_is_not_there_is_an_error(git: GitRepository) -> None:
    made = commit(git, None, {"packages/a": b"1"})
    with pytest.raises(GitError):
        list(changed_files(git, made, NOWHERE))
