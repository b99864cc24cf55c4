"""What is kept aside of a repository, and for how long: withheld tarballs, trees as archives."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from pbins.models import FINAL_IMPORT_STATES, Repository
from pbins.services.file_following import forget_strays
from pbins.services.keeping import under_way_since
from pbins.services.places import git_of, places, withheld_of
from pbins.services.publishing import repository_lock
from pbins.storage.git_archive import prune_archives
from pbins.storage.git_fetch import remove_scratch

MANY_PACKS = 50
"""A publication makes one; with more, git searches ever longer for what a host asks for."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """Withheld tarballs that were deleted, by name, and the bytes that all of it took."""

    withheld: tuple[str, ...]
    size: int


def tidy(repository: Repository) -> Tidied:
    """Delete what lies aside for too long: withheld tarballs, trees, what a killed import left.

    What tarballs install that no channel was given is found no longer.

    Commits' packs are gathered into one when there are many; who clones meanwhile is not disturbed.

    Nobody can be given what is withheld; it lies there for a decision as long as the trash keeps a
    tarball, and can be built again afterwards.
    """
    git = git_of(repository)
    if git.packs() > MANY_PACKS:
        git.repack()
    forget_strays(repository, until=under_way_since(repository))
    trees = prune_archives(git, places().trees(repository.name))
    for taking in repository.imports.filter(state__in=FINAL_IMPORT_STATES):
        remove_scratch(places().import_git(taking.pk))
        places().import_lock(taking.pk).unlink(missing_ok=True)
    since = timezone.now() - timedelta(days=repository.trash_days)
    with repository_lock(repository):  # a person may be letting one out at this moment
        place = withheld_of(repository)
        listing = place.listing()
        rows = {row.name: row for row in repository.tarballs.filter(name__in=listing)}
        gone = []
        for name, state in listing.items():
            row = rows.get(name)
            is_decided = row is not None and (row.is_present or bool(row.suspects_allowed_by))
            if is_decided or state.changed < since.timestamp() * 1e9:
                place.path(name).unlink(missing_ok=True)
                gone.append(name)
    return Tidied(tuple(gone), trees + sum(listing[name].size for name in gone))
