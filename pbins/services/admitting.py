"""Tarballs that have come whole, among the distfiles: a batch at a time."""

from collections.abc import Sequence
from pathlib import Path

from django.db import transaction

from pbins.models import Repository, Tarball
from pbins.services.arrivals import admit_tarball
from pbins.services.copying import Taken, coming
from pbins.storage.errors import NameTaken, UnsafePath


def admit_all(
    repository: Repository, batch: Sequence[Taken], *, adopted_from: Path | None = None
) -> tuple[dict[str, Tarball], dict[str, str]]:
    """The rows of those that were taken in, by name, and why the others were not.

    They lie among what is coming in, or in a directory where they stay. A crash leaves files that
    the next try finds to be the same. Raises StorageFull.
    """
    incoming = coming(repository)
    came: dict[str, Tarball] = {}
    refused: dict[str, str] = {}
    with transaction.atomic():
        for taken in batch:
            if taken.report is None:
                refused[taken.name] = taken.trouble
                continue
            keep = adopted_from is not None
            source = adopted_from / taken.name if adopted_from else incoming.path(taken.name)
            try:
                came[taken.name] = admit_tarball(
                    repository, taken.name, source, taken.report, keep=keep
                )
            except (NameTaken, UnsafePath) as error:
                if not keep:
                    incoming.discard(taken.name)
                refused[taken.name] = f"Its tarball can't be served: {error}"
    return came, refused
