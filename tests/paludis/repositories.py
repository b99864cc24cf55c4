"""Real repositories to read: the recorded one, and two that people have published."""

import tarfile
from functools import cache
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "data"
CORPUS = Path(__file__).parents[2] / ".." / "shared" / "corpus"

Files = dict[str, bytes]


@cache
def recorded_repository() -> Files:
    """The files of the repository that a real cave left, by their paths in it."""
    root = DATA / "repository"
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


@cache
def published_repositories() -> dict[str, Files]:
    """The files of each repository of the corpus; skips the test where there is no corpus."""
    archives = sorted(CORPUS.glob("*.tar.xz"))
    if not archives:
        pytest.skip("the corpus of published repositories is not on this machine")
    return {archive.name.removesuffix(".tar.xz"): _files(archive) for archive in archives}


def all_pbins() -> dict[str, str]:
    """The text of every pbin there is, by a path that tells them apart."""
    repositories = {"recorded": recorded_repository(), **published_repositories()}
    return {
        f"{name}/{path}": content.decode()
        for name, files in repositories.items()
        for path, content in files.items()
        if ".pbin-" in path
    }


def _files(archive: Path) -> Files:
    files: Files = {}
    with tarfile.open(archive) as opened:
        for member in opened:
            content = opened.extractfile(member) if member.isfile() else None
            if content is not None:
                files[member.name] = content.read()
    return files
