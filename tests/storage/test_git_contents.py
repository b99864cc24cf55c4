import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbins.storage.errors import GitError
from pbins.storage.git import GitRepository
from pbins.storage.git_contents import blob_id, blobs, blobs_named, contents_of

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def git(tmp_path: Path) -> GitRepository:
    made = GitRepository(tmp_path / "pbins.git")
    made.create("master")
    return made


def commit(git: GitRepository, parent: str | None, changes: dict[str, bytes | None]) -> str:
    return git.commit(
        parent=parent, changes=changes, message="x", author="A <a@example.org>", when=NOON
    )


def test_a_blob_has_the_name_that_git_gives_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content\n")
    said = subprocess.check_output(["git", "hash-object", str(tmp_path / "file")], text=True)
    assert blob_id(b"content\n") == said.strip()


def test_blobs_are_those_below_a_directory(git: GitRepository) -> None:
    made = commit(git, None, {"packages/a/b/Manifest": b"1", "metadata/x": b"2"})
    assert blobs(git.path, made, "packages") == {"packages/a/b/Manifest": blob_id(b"1")}


def test_contents_are_told_in_the_order_asked_however_many(git: GitRepository) -> None:
    known = {f"packages/{number}": b"%d\n" % number for number in range(600)}
    commit(git, None, dict(known))
    wanted = [*reversed(known.values()), b"7\n"]
    assert list(contents_of(git.path, map(blob_id, wanted))) == wanted
    assert list(contents_of(git.path, [])) == []


def test_an_object_that_is_not_there_is_an_error(git: GitRepository) -> None:
    with pytest.raises(GitError, match="missing"):
        list(contents_of(git.path, ["1" * 40]))


def contents_named(git: GitRepository, commits: list[str]) -> list[bytes]:
    """What files called Manifest are in these commits."""
    return sorted(contents_of(git.path, blobs_named(git.path, commits, "Manifest")))


def test_each_content_of_many_commits_is_told_once(git: GitRepository) -> None:
    first = commit(git, None, {"packages/a/b/Manifest": b"1", "packages/c/d/Manifest": b"same"})
    second = commit(git, first, {"packages/a/b/Manifest": b"2"})
    third = commit(git, second, {"packages/a/b/Manifest": None, "packages/a/b/x": b"no Manifest"})
    assert contents_named(git, [first, third]) == [b"1", b"same"]


def test_what_is_no_commit_of_the_repository_is_passed_over(git: GitRepository) -> None:
    made = commit(git, None, {"packages/a/b/Manifest": b"1"})
    commits = ["1" * 40, "", "--all", "HEAD", made]
    assert contents_named(git, commits) == [b"1"]
    assert contents_named(git, ["nonsense"]) == []
