"""What kept a repository from being looked after: an open finding until it goes well again."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError

from pbins.models import Finding, FindingKind, Repository
from pbins.services.errors import Refused
from pbins.services.findings import settle
from pbins.storage.errors import StorageError

EXPECTED = (StorageError, Refused, OSError, DatabaseError)
"""What one repository's files, git and rows may bring; the others must not wait for that."""

SCRUB = "scrub"
BUILDERS = "look at its builders"
CLEANING = "cleaning"
TRASH = "trash"
RESTORING = "put the trash back"
TIDYING = "tidying"
PUBLICATIONS = "publications that a crash left"


@contextmanager
def noted(repository: Repository, act: str) -> Iterator[None]:
    """Keep for the repository's page how an act ended. Raises what it raised."""
    try:
        yield
    except EXPECTED as error:
        note_trouble(repository, act, str(error))
        raise
    settle_trouble(repository, act)


def note_trouble(repository: Repository, act: str, told: str) -> None:
    """Open as one finding for each act, with what was told last."""
    Finding.objects.update_or_create(
        repository=repository,
        kind=FindingKind.TROUBLE,
        what=act,
        settled_at=None,
        defaults={"details": told},
    )


def settle_trouble(repository: Repository, act: str) -> None:
    for finding in repository.findings.open().filter(kind=FindingKind.TROUBLE, what=act):
        settle(finding, "It went well again.")
