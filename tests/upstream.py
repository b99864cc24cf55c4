"""A repository of somebody else: a git with a past, and the tarballs of what it ends with."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.factories import pbin_text
from tests.stock import tarball_bytes

FIRST = 1_480_000_000  # seconds since 1970: a day in 2016
DAY = 86_400


@dataclass(slots=True)
class Upstream:
    """Each commit is a day after the one before."""

    directory: Path
    commits: int = 0

    @property
    def tree(self) -> Path:
        return self.directory / "tree"

    @property
    def tarballs(self) -> Path:
        return self.directory / "tarballs"

    @property
    def url(self) -> str:
        return f"file://{self.tree}"

    def begin(self) -> None:
        self.tarballs.mkdir(parents=True)
        self.tree.mkdir()
        self.git("init", "--quiet", "--initial-branch=main", ".")

    def add(self, name: str, version: str, *, build: int = 1, seed: str = "") -> str:
        """A pbin and its tarball, uncommitted; the tarball's name."""
        package = name.partition("/")[2]
        tarball = f"others--{name.replace('/', '--')}-{version}--C.{build}.1.1.C.tar.bz2"
        fields = {
            "BINARY_URI": f"mirror://others/{tarball}",
            "GENERATED_TIME": str(FIRST + build),
            "SUMMARY": f"{package}, build {build}",
        }
        file = self.file(name, version)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(pbin_text(fields))
        (self.tarballs / tarball).write_bytes(tarball_bytes(seed or tarball))
        return tarball

    def file(self, name: str, version: str) -> Path:
        package = name.partition("/")[2]
        return self.tree / f"packages/{name}/{package}-{version}.pbin-1+exheres-0"

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        when = f"{FIRST + self.commits * DAY} +0000"
        self.git("commit", "--quiet", "--allow-empty", "-m", message, date=when)
        self.commits += 1
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str, date: str = f"{FIRST} +0000") -> str:
        person = {"NAME": "Somebody", "EMAIL": "somebody@example.org", "DATE": date}
        environment = {f"GIT_{who}_{key}": told for key, told in person.items() for who in WHO}
        return subprocess.run(
            ["git", *arguments],
            cwd=self.tree,
            env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **environment},
            check=True,
            capture_output=True,
            text=True,
        ).stdout


WHO = ("AUTHOR", "COMMITTER")
