"""What is kept aside of a repository, and for how long: withheld tarballs, trees as archives."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from pbins.models import Repository
from pbins.services.arrivals import withheld_of
from pbins.services.places import places
from pbins.services.publishing import git_of, repository_lock
from pbins.storage.git_archive import prune_archives


@dataclass(frozen=True, slots=True)
class Tidied:
    """Withheld tarballs that were deleted, by name, and the bytes that all of it took."""

    withheld: tuple[str, ...]
    size: int


def tidy(repository: Repository) -> Tidied:
    """Delete withheld tarballs that were decided about or that nobody decides about, and old trees.

    Nobody can be given what is withheld; it lies there for a decision as long as the trash keeps a
    tarball, and can be built again afterwards.
    """
    trees = prune_archives(git_of(repository), places().trees(repository.name))
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
