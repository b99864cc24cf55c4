"""Commits carry a signature that git itself can check, or are known not to."""

import shutil
import subprocess
from pathlib import Path

import pytest
from pytest_django import Settings

from pbins.models import Publication, Repository
from pbins.services.places import git_of
from pbins.services.signing import allowed_signers
from tests.releases import release


def verified(repository: Repository, commit: str, directory: Path) -> bool:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("there is no ssh-keygen, which git checks signatures with")
    signers = directory / "allowed_signers"
    signers.write_text(allowed_signers())
    git = ["git", "-c", "safe.directory=*", f"--git-dir={git_of(repository).path}"]
    settings = ["-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={signers}"]
    done = subprocess.run(
        [*git, *settings, "verify-commit", commit], check=False, capture_output=True
    )
    return done.returncode == 0


def test_git_accepts_the_signature_of_every_commit(repository: Repository, tmp_path: Path) -> None:
    release(repository.channels.get(), "sys-test/one")
    made = list(Publication.objects.all())
    assert len(made) == 2
    for publication in made:
        assert publication.is_signed
        assert verified(repository, publication.commit, tmp_path)


def test_without_the_key_commits_are_not_signed_and_that_is_told(
    repository: Repository,
    settings: Settings,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    settings.SECRET_KEY = "another one than the key was sealed with"
    publication = release(repository.channels.get(), "sys-test/one")
    assert not publication.is_signed
    assert "Commits are not signed" in caplog.text
    assert not verified(repository, publication.commit, tmp_path)
