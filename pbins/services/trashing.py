"""The trash: tarballs move there and back; their rows say so first, and a crash changes nothing."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Max
from django.utils import timezone

from pbins.models import Repository, Subscription, Tarball
from pbins.services.errors import Refused
from pbins.services.keeping import kept_tarballs
from pbins.services.places import distfiles_of, places
from pbins.services.publishing import repository_lock
from pbins.storage.distfiles import FileState
from pbins.storage.errors import NameTaken
from pbins.storage.trash import Trash

DAMAGED = "it is damaged, and was thrown away for that"


@dataclass(frozen=True, slots=True)
class Restored:
    """What is among the distfiles again, and what stays in the trash: name to why."""

    rows: tuple[Tarball, ...]
    left: Mapping[str, str]


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


def restore(*, repository: Repository, names: Collection[str] | None = None) -> Restored:
    """Put tarballs back among the distfiles, all of them when none is named.

    They are read before anybody has to wait for us. What is damaged stays where it is, and is
    named. Raises Refused when there is none that could be put back.
    """
    settle_trash(repository)
    wanted = _wanted(repository, names)
    whole, left = _read(repository, wanted)
    with repository_lock(repository):
        here = {row.pk for row in repository.tarballs.trashed()}
        fit = {row: state for row, state in whole.items() if row.pk in here}
        taken = _put_back(repository, fit)
    left |= dict.fromkeys(taken, "another of that name came meanwhile, or it was changed")
    rows = tuple(row for row in fit if row.name not in taken)
    if left and not rows:
        raise Refused("; ".join(f"{name} stays in the trash: {why}" for name, why in left.items()))
    return Restored(rows, left)


def awaited_hosts(repository: Repository) -> dict[str, datetime]:
    """Hosts that follow the repository, and when each was last seen to have synced.

    What was thrown away since then is not deleted: the host may still ask for it. One that never
    synced was never told of anything. One that is drained, or no consumer, is not waited for: the
    portal does not sync it, and it may be gone for good; what it was last seen to be at is kept.
    """
    followers = Subscription.objects.filter(channel__repository=repository)
    waited_for = followers.filter(host__is_consumer=True, host__drained=False)
    synced = waited_for.exclude(synced_at=None).order_by("-synced_at")
    return {name: at for name, at in synced.values_list("host__name", "synced_at") if at}


def late_hosts(repository: Repository) -> list[tuple[str, datetime]]:
    """Those of them that have not synced since the latest was thrown away, the longest ago first.

    They are what the trash waits for, once its days are over.
    """
    thrown = repository.tarballs.trashed().aggregate(latest=Max("trashed_at"))["latest"]
    if thrown is None:
        return []
    late = [(name, at) for name, at in awaited_hosts(repository).items() if at < thrown]
    return sorted(late, key=lambda one: one[1])


def empty_trash(repository: Repository) -> list[Tarball]:
    """Delete for good what has been there long enough; what is needed again is put back.

    Long enough is ``trash_days``, and until every host that follows the repository has synced.
    """
    since = timezone.now() - timedelta(days=repository.trash_days)
    since = min([since, *awaited_hosts(repository).values()])
    settle_trash(repository)
    old = repository.tarballs.trashed().filter(trashed_at__lte=since)
    needed = kept_tarballs(repository) if old else {}
    # Read before anybody has to wait for us.
    whole, damaged = _read(repository, [row for row in old if row.name in needed])
    with repository_lock(repository):
        _delete_doubles(repository, since)
        kept = kept_tarballs(repository) if old else {}
        _put_back(repository, {row: state for row, state in whole.items() if row.name in kept})
        gone = [
            row
            for row in repository.tarballs.trashed().filter(trashed_at__lte=since)
            if row.name not in kept or row.name in damaged
        ]
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


def _wanted(repository: Repository, names: Collection[str] | None) -> list[Tarball]:
    rows = list(repository.tarballs.trashed())
    if names is None:
        return rows
    unknown = sorted(set(names) - {row.name for row in rows})
    if unknown:
        raise Refused(f"{unknown[0]} is not in the trash of {repository.name}.")
    return [row for row in rows if row.name in names]


def _read(
    repository: Repository, rows: Iterable[Tarball]
) -> tuple[dict[Tarball, FileState], dict[str, str]]:
    """Those that the trash has as they were taken in, and why others are not fit; reads them."""
    trash = trash_of(repository)
    whole: dict[Tarball, FileState] = {}
    unfit: dict[str, str] = {}
    for row in rows:
        state = trash.state(row.name)
        try:
            if state is None:
                unfit[row.name] = "it is not there any more"
            elif row.sha256 in {"", trash.sha256(row.name)}:
                whole[row] = state
            else:
                unfit[row.name] = DAMAGED
        except OSError as error:  # of this one file
            unfit[row.name] = f"it can't be read: {error.strerror or error}"
    return whole, unfit


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


def _put_back(repository: Repository, rows: Mapping[Tarball, FileState]) -> list[str]:
    """Those that are as they were read; the names of the others, which stay."""
    distfiles, trash = distfiles_of(repository), trash_of(repository)
    left = []
    for row, state in rows.items():
        if trash.state(row.name) != state:
            left.append(row.name)
            continue
        try:
            trash.restore(distfiles, row.name)
        except NameTaken:
            left.append(row.name)
            continue
        row.is_present = True
        _forget(row)
    return left


def _forget(row: Tarball) -> None:
    """That it was in the trash."""
    row.trashed_at, row.trashed_because = None, ""
    row.save(update_fields=("is_present", "trashed_at", "trashed_because"))
