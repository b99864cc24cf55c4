"""The trash: tarballs move there and back; their rows say so first, and a crash changes nothing."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from pbins.models import Repository, Tarball
from pbins.services.arrivals import distfiles_of
from pbins.services.errors import Refused
from pbins.services.keeping import kept_tarballs
from pbins.services.places import places
from pbins.services.publishing import repository_lock
from pbins.storage.trash import Trash


def trash_of(repository: Repository) -> Trash:
    return Trash(places().trash(repository.name))


def throw_away(repository: Repository, names: Iterable[str], because: str) -> list[Tarball]:
    """Move tarballs into the trash, those that are there.

    The caller holds the repository's lock and has seen that nothing keeps them. Raises
    StorageError; what was moved by then can be put back.
    """
    now = timezone.now()
    distfiles, trash = distfiles_of(repository), trash_of(repository)
    thrown = []
    for name in names:
        state = distfiles.state(name)
        if state is None:
            continue
        said = {"is_present": False, "trashed_at": now, "trashed_because": because}
        row, _ = Tarball.objects.update_or_create(
            repository=repository,
            name=name,
            defaults=said,
            create_defaults={**said, "size": state.size},
        )
        trash.put(distfiles, name)
        thrown.append(row)
    return thrown


def restore(*, repository: Repository, names: Collection[str] | None = None) -> list[Tarball]:
    """Put tarballs back among the distfiles, all of them when none is named. Raises Refused."""
    with repository_lock(repository):
        _settle(repository)
        rows = list(repository.tarballs.trashed())
        if names is not None:
            unknown = sorted(set(names) - {row.name for row in rows})
            if unknown:
                raise Refused(f"{unknown[0]} is not in the trash of {repository.name}.")
            rows = [row for row in rows if row.name in names]
        damaged = [row.name for row in rows if not is_whole_in_trash(row)]
        if damaged:
            raise Refused(f"{damaged[0]} is damaged: it was thrown away for that.")
        _put_back(repository, rows)
    return rows


def empty_trash(repository: Repository) -> list[Tarball]:
    """Delete for good what has been there long enough; what is needed again is put back."""
    since = timezone.now() - timedelta(days=repository.trash_days)
    with repository_lock(repository):
        _settle(repository)
        _delete_doubles(repository, since)
        old = list(repository.tarballs.trashed().filter(trashed_at__lte=since))
        if not old:
            return []
        kept = kept_tarballs(repository)
        needed = [row for row in old if row.name in kept and is_whole_in_trash(row)]
        _put_back(repository, needed)
        gone = [row for row in old if row not in needed]
        trash = trash_of(repository)
        for row in gone:
            trash.delete(row.name)
            row.mirrored.update(is_doomed=True)
            _forget(row)
    return gone


def settle_trash(repository: Repository) -> None:
    """After a crash: move what a row says to be in the trash, forget what is in neither place."""
    with repository_lock(repository):
        _settle(repository)


def is_whole_in_trash(row: Tarball) -> bool:
    """Whether the trash has it as it was taken in; reads the file."""
    trash = trash_of(row.repository)
    return trash.has(row.name) and row.sha256 in {"", trash.sha256(row.name)}


def _settle(repository: Repository) -> None:
    distfiles, trash = distfiles_of(repository), trash_of(repository)
    for row in repository.tarballs.trashed():
        if trash.has(row.name):
            continue
        if distfiles.has(row.name):
            trash.put(distfiles, row.name)
        else:
            _forget(row)


def _delete_doubles(repository: Repository, since: datetime) -> None:
    """What was taken in again while it was in the trash, and what nobody knows."""
    trash = trash_of(repository)
    known = set(repository.tarballs.trashed().values_list("name", flat=True))
    for name, state in trash.listing().items():
        if name not in known and state.changed < since.timestamp() * 1e9:
            trash.delete(name)


def _put_back(repository: Repository, rows: Iterable[Tarball]) -> None:
    distfiles, trash = distfiles_of(repository), trash_of(repository)
    for row in rows:
        trash.restore(distfiles, row.name)
        row.is_present = True
        _forget(row)


def _forget(row: Tarball) -> None:
    """That it was in the trash."""
    row.trashed_at, row.trashed_because = None, ""
    row.save(update_fields=("is_present", "trashed_at", "trashed_because"))
