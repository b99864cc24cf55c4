"""Repositories for the tests of our own disk; git is the real one."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from pbins.storage.git import GitRepository

Commit = Callable[..., str]


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    repository = GitRepository(tmp_path / "git" / "pbins.git")
    repository.create("master")
    return repository


def commit_on(
    repository: GitRepository, changes: Mapping[str, bytes | None], parent: str | None = None
) -> str:
    """Commit changes on a parent; no branch moves."""
    return repository.commit(
        parent=parent,
        changes=changes,
        message="Publish",
        author="Portal <portal@example.org>",
        when=datetime(2026, 11, 22, 12, 30, tzinfo=UTC),
    )


@pytest.fixture
def commit(repository: GitRepository) -> Commit:
    """`commit_on` for the repository of this test."""
    return partial(commit_on, repository)
