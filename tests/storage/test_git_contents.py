import subprocess
from pathlib import Path

import pytest

from pbins.storage.errors import GitError
from pbins.storage.git import GitRepository
from pbins.storage.git_contents import blob_id, blobs, blobs_named, contents_of
from tests.storage.conftest import commit_on


def test_a_blob_has_the_name_that_git_gives_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content\n")
    said = subprocess.check_output(["git", "hash-object", str(tmp_path / "file")], text=True)
    assert blob_id(b"content\n") == said.strip()


def test_blobs_are_those_below_a_directory(repository: GitRepository) -> None:
    made = commit_on(
        repository, parent=None, changes={"packages/a/b/Manifest": b"1", "metadata/x": b"2"}
    )
    assert blobs(repository.path, made, "packages") == {"packages/a/b/Manifest": blob_id(b"1")}


def test_contents_are_told_in_the_order_asked_however_many(repository: GitRepository) -> None:
    known = {f"packages/{number}": b"%d\n" % number for number in range(600)}
    commit_on(repository, dict(known))
    wanted = [*reversed(known.values()), b"7\n"]
    assert list(contents_of(repository.path, map(blob_id, wanted))) == wanted
    assert list(contents_of(repository.path, [])) == []


def test_an_object_that_is_not_there_is_an_error(repository: GitRepository) -> None:
    with pytest.raises(GitError, match="missing"):
        list(contents_of(repository.path, ["1" * 40]))


def contents_named(repository: GitRepository, commits: list[str]) -> list[bytes]:
    """What files called Manifest are in these commits."""
    return sorted(contents_of(repository.path, blobs_named(repository.path, commits, "Manifest")))


def test_each_content_of_many_commits_is_told_once(repository: GitRepository) -> None:
    first = commit_on(
        repository,
        parent=None,
        changes={"packages/a/b/Manifest": b"1", "packages/c/d/Manifest": b"same"},
    )
    second = commit_on(repository, {"packages/a/b/Manifest": b"2"}, first)
    third = commit_on(
        repository,
        parent=second,
        changes={"packages/a/b/Manifest": None, "packages/a/b/x": b"no Manifest"},
    )
    assert contents_named(repository, [first, third]) == [b"1", b"same"]


def test_what_is_no_commit_of_the_repository_is_passed_over(repository: GitRepository) -> None:
    made = commit_on(repository, {"packages/a/b/Manifest": b"1"})
    commits = ["1" * 40, "", "--all", "HEAD", made]
    assert contents_named(repository, commits) == [b"1"]
    assert contents_named(repository, ["nonsense"]) == []
