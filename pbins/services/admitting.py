"""Tarballs that have come whole, among the distfiles: a batch at a time."""

from collections.abc import Collection, Sequence
from pathlib import Path

from django.db import transaction

from pbins.models import Repository, Tarball
from pbins.paludis.environment import find_suspects
from pbins.services.copying import Taken, coming
from pbins.services.listings import keep_listings
from pbins.services.places import distfiles_of, withheld_of
from pbins.services.room import check_room
from pbins.services.tarball_rows import Placed, note_taken
from pbins.storage.errors import NameTaken, UnsafePath
from pbins.storage.tarball import TarballReport


def admit_all(
    repository: Repository, batch: Sequence[Taken], *, adopted_from: Path | None = None
) -> tuple[dict[str, Tarball], dict[str, str]]:
    """The rows of those that were taken in, by name, and why the others were not.

    They lie among what is coming in, or in a directory where they stay. A crash leaves files that
    the next try finds to be the same. Raises StorageFull.
    """
    incoming = coming(repository)
    keep = adopted_from is not None
    placed: list[Placed] = []
    refused: dict[str, str] = {}
    for taken in batch:
        if taken.report is None:
            refused[taken.name] = taken.trouble
            continue
        source = adopted_from / taken.name if adopted_from else incoming.path(taken.name)
        try:
            placed.append(_place(repository, taken.name, source, taken.report, keep=keep))
        except (NameTaken, UnsafePath) as error:
            if not keep:
                incoming.discard(taken.name)
            refused[taken.name] = f"Its tarball can't be served: {error}"
    return _note(repository, placed), refused


def _place(
    repository: Repository, name: str, source: Path, report: TarballReport, *, keep: bool
) -> Placed:
    """One with what looks like a secret is kept where nobody can fetch it, unless allowed."""
    suspects = tuple(str(suspect) for suspect in find_suspects(report.environment))
    is_open = not suspects or _is_allowed(repository, name)
    place = distfiles_of(repository) if is_open else withheld_of(repository)
    if keep:
        place.adopt(source, name, settle=False, room=check_room)
    else:
        place.admit(source, name, settle=False)
    return Placed(name, report, suspects, is_open)


def _is_allowed(repository: Repository, name: str) -> bool:
    rows = Tarball.objects.filter(repository=repository, name=name)
    return rows.exclude(suspects_allowed_by="").exists()


def _note(repository: Repository, placed: Collection[Placed]) -> dict[str, Tarball]:
    """Their rows, written when the files are sure to be there."""
    distfiles_of(repository).settle()
    withheld_of(repository).settle()
    with transaction.atomic():
        rows = note_taken(repository, placed)
        keep_listings({rows[one.name]: one.report.files for one in placed})
    return rows
