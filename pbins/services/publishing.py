"""Publishing: tarballs are in place, then the commit, then the channel, then the catalogue.

A crash leaves the old or the new state: the publication's row names the commit and what the
catalogue becomes (``intent``) before the channel moves; ``settle_publications`` finishes what the
branch shows to have happened and forgets what did not.
"""

import fcntl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from pbins.models import (
    Change,
    ChangeKind,
    Channel,
    Entry,
    Pbin,
    Publication,
    PublicationState,
    Repository,
    Run,
)
from pbins.services.arrivals import Arrival
from pbins.services.layouts import first_files
from pbins.services.places import places
from pbins.services.trees import tree_changes
from pbins.storage.git import GitRepository

AUTHOR = "pbins portal <portal@localhost>"
VersionPlace = tuple[str, str, str]
"""Category, package and version key: where in a channel a version is."""


def publish_first(*, channel: Channel) -> Publication:
    """The repository's first commit: a tree without packages, so that hosts can clone it."""
    git = git_of(channel.repository)
    git.create(channel.name)
    with repository_lock(channel.repository):
        publication = _prepare(
            channel,
            first_files(channel.repository),
            [],
            message=f"Begin {channel.repository.name}",
        )
        return _finish(publication)


def publish(
    *,
    channel: Channel,
    arrivals: Iterable[Arrival],
    message: str,
    run: Run | None = None,
    asked_by: User | None = None,
) -> Publication | None:
    """Bring pbins into a channel; None when hosts see nothing new.

    Every tarball of an arrival that is not withheld must be in the distfiles. One that is
    withheld enters the catalogue only, and never in the place of a version that hosts have.
    Raises StorageError, with nothing changed in the eyes of any host.
    """
    with repository_lock(channel.repository):
        settle_publications(channel.repository)
        wanted = _wanted(channel, list(arrivals))
        git = git_of(channel.repository)
        head = git.head(channel.name) or ""
        served = [arrival.pbin for arrival in wanted if not arrival.withheld]
        files = tree_changes(channel, git, head, served)
        if not files:
            _hold(channel, wanted, timezone.now())
            return None
        publication = _prepare(channel, files, wanted, message=message, run=run, asked_by=asked_by)
        return _finish(publication)


def settle_publications(repository: Repository) -> None:
    """After a crash: finish each publication whose commit the channel shows, forget the others."""
    prepared = repository.publications.filter(state=PublicationState.PREPARED)
    for publication in prepared.select_related("channel").order_by("pk"):
        if git_of(repository).head(publication.channel.name) == publication.commit:
            _record(publication)
        else:
            publication.delete()


@contextmanager
def repository_lock(repository: Repository) -> Iterator[None]:
    """One publisher at a time per repository, never across repositories."""
    path = places().all_git / f"{repository.name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def git_of(repository: Repository) -> GitRepository:
    return GitRepository(places().git(repository.name))


def _wanted(channel: Channel, arrivals: list[Arrival]) -> list[Arrival]:
    """Without what the channel holds already, and what may not push a served version out."""
    held = _entries(channel, [arrival.pbin for arrival in arrivals])

    def is_wanted(arrival: Arrival) -> bool:
        entry = held.get(_place(arrival.pbin))
        if entry is None:
            return True
        if arrival.withheld and not entry.withheld:
            return False
        return (entry.pbin_id, entry.withheld) != (arrival.pbin.pk, arrival.withheld)

    return [arrival for arrival in arrivals if is_wanted(arrival)]


def _prepare(
    channel: Channel,
    files: Mapping[str, bytes | None],
    arrivals: list[Arrival],
    *,
    message: str,
    run: Run | None = None,
    asked_by: User | None = None,
) -> Publication:
    """Write the commit, which hangs in the air, and the row that says what is about to happen."""
    git = git_of(channel.repository)
    parent = git.head(channel.name)
    now = timezone.now()
    commit = git.commit(parent=parent, changes=files, message=message, author=AUTHOR, when=now)
    return Publication.objects.create(
        repository=channel.repository,
        channel=channel,
        commit=commit,
        parent=parent or "",
        message=message,
        intent={"entries": [[arrival.pbin.pk, arrival.withheld] for arrival in arrivals]},
        run=run,
        asked_by=asked_by,
        created_at=now,
    )


def _finish(publication: Publication) -> Publication:
    git_of(publication.repository).move(
        publication.channel.name, to=publication.commit, expected=publication.parent or None
    )
    _record(publication)
    return publication


@transaction.atomic
def _record(publication: Publication) -> None:
    """Write the catalogue, the ledger and the channel's place from the intent."""
    channel = publication.channel
    at = publication.created_at
    pbins = Pbin.objects.in_bulk([pk for pk, _ in publication.intent["entries"]])
    arrivals = [Arrival(pbins[pk], withheld) for pk, withheld in publication.intent["entries"]]
    served_before = {
        place
        for place, entry in _entries(channel, list(pbins.values())).items()
        if not entry.withheld
    }
    _hold(channel, arrivals, at)
    Change.objects.bulk_create(
        _change(publication, arrival.pbin, replaced=_place(arrival.pbin) in served_before)
        for arrival in arrivals
        if not arrival.withheld
    )
    channel.commit = publication.commit
    channel.moved_at = at
    channel.save(update_fields=("commit", "moved_at"))
    publication.state = PublicationState.PUBLISHED
    publication.save(update_fields=("state",))


@transaction.atomic
def _hold(channel: Channel, arrivals: list[Arrival], since: datetime) -> None:
    """Make the channel's entries those of the arrivals."""
    Entry.objects.bulk_create(
        [
            Entry(
                channel=channel,
                pbin=arrival.pbin,
                category=arrival.pbin.category,
                package=arrival.pbin.package,
                version=arrival.pbin.version,
                version_key=arrival.pbin.version_key,
                withheld=arrival.withheld,
                since=since,
            )
            for arrival in arrivals
        ],
        update_conflicts=True,
        unique_fields=("channel", "category", "package", "version_key"),
        update_fields=("pbin", "version", "withheld", "since"),
        batch_size=500,
    )


def _change(publication: Publication, pbin: Pbin, *, replaced: bool) -> Change:
    return Change(
        publication=publication,
        channel=publication.channel,
        kind=ChangeKind.REPLACED if replaced else ChangeKind.ADDED,
        name=pbin.name,
        version=pbin.version,
        slot=pbin.slot,
        summary=pbin.summary,
        pbin=pbin,
        at=publication.created_at,
    )


def _entries(channel: Channel, pbins: list[Pbin]) -> dict[VersionPlace, Entry]:
    """What the channel holds of these pbins' packages."""
    of_packages = channel.entries.filter(package__in={pbin.package for pbin in pbins})
    return {(entry.category, entry.package, entry.version_key): entry for entry in of_packages}


def _place(pbin: Pbin) -> VersionPlace:
    return (pbin.category, pbin.package, pbin.version_key)
