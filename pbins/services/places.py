"""Where things lie below the data directory (DESIGN: On disk and in processes), and their doors."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings

from pbins.models import Repository
from pbins.storage.distfiles import Distfiles
from pbins.storage.git import GitRepository


@dataclass(frozen=True, slots=True)
class Places:
    """The layout of the data directory; nothing is written anywhere else."""

    root: Path

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    @property
    def redis(self) -> Path:
        return self.root / "redis"

    @property
    def incoming(self) -> Path:
        return self.root / "incoming"

    @property
    def downloads(self) -> Path:
        """Notes of what was fetched, a file a day, until they are counted."""
        return self.root / "downloads"

    def import_git(self, number: int) -> Path:
        """A repository that is being taken in; ``number`` is the import's key."""
        return self.incoming / f"import-{number}.git"

    def import_lock(self, number: int) -> Path:
        return self.incoming / f"import-{number}.lock"

    @property
    def all_distfiles(self) -> Path:
        return self.root / "distfiles"

    @property
    def all_git(self) -> Path:
        return self.root / "git"

    def distfiles(self, repository: str) -> Path:
        return self.all_distfiles / repository

    def trash(self, repository: str) -> Path:
        return self.root / "trash" / repository

    def withheld(self, repository: str) -> Path:
        """Tarballs that must not be served: somebody has to look at them first."""
        return self.root / "withheld" / repository

    def cleaning(self, number: int) -> Path:
        """What would go, as somebody last looked; ``number`` is the repository's key."""
        return self.root / "cleaning" / f"{number}.gz"

    def trees(self, repository: str) -> Path:
        """Archives of published trees, made when they are asked for."""
        return self.all_git / f"{repository}.trees"

    def git(self, repository: str) -> Path:
        return self.all_git / f"{repository}.git"

    def outlet_lock(self, outlet: str) -> Path:
        """``outlet``: its kind and key, as in "remote-3"."""
        return self.all_git / f".{outlet}.lock"

    def run_log(self, run: UUID) -> Path:
        return self.root / "runs" / str(run) / "log"

    def run_file(self, run: UUID, number: int) -> Path:
        """``number``: the row's key, so that no name from a host ever becomes a path."""
        return self.root / "runs" / str(run) / "files" / f"{number}.gz"


def places() -> Places:
    return Places(settings.PBINS_DATA_DIR)


def git_of(repository: Repository) -> GitRepository:
    return GitRepository(places().git(repository.name))


def distfiles_of(repository: Repository) -> Distfiles:
    return Distfiles(places().distfiles(repository.name))


def withheld_of(repository: Repository) -> Distfiles:
    return Distfiles(places().withheld(repository.name))
