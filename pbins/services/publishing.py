"""Publishing: tarballs are in place, then the commit, then the channel, then the catalogue.

A crash leaves the old or the new state: the publication's row names the commit and what the
catalogue becomes (``intent``) before the channel moves; ``settle_publications`` finishes what the
branch shows to have happened and forgets what did not.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from pbins.models import (
    Change,
    ChangeKind,
    Channel,
    Pbin,
    Publication,
    PublicationKind,
    PublicationState,
    Repository,
    Run,
)
from pbins.services.arrivals import Arrival
from pbins.services.errors import Refused
from pbins.services.history import forget_history, prepare_history, record_history
from pbins.services.holdings import (
    change_of,
    held_places,
    hold,
    let_go,
    one_per_place,
    pbins_of,
    place_of,
)
from pbins.services.layouts import first_files, told_addresses
from pbins.services.news import mark_news
from pbins.services.occasions import Occasion
from pbins.services.places import git_of, places
from pbins.services.room import check_arriving
from pbins.services.signing import AUTHOR, commit_signer
from pbins.services.trees import tree_changes
from pbins.services.wholeness import check_whole
from pbins.storage.locks import alone


def publish_first(*, channel: Channel) -> Publication:
    """The repository's first commit: a tree without packages, so that hosts can clone it."""
    git = git_of(channel.repository)
    git.create(channel.name)
    with repository_lock(channel.repository):
        occasion = Occasion(f"Begin {channel.repository.name}", kind=PublicationKind.BEGIN)
        files = first_files(channel.repository)
        return _finish(_prepare(channel, files, [], [], occasion))


def publish(
    *,
    channel: Channel,
    arrivals: Iterable[Arrival],
    message: str,
    run: Run | None = None,
    asked_by: User | None = None,
    sources: Mapping[str, str] | None = None,
    kind: PublicationKind = PublicationKind.ARRIVAL,
    history: str = "",
    by: str = "",
    note: str = "",
) -> Publication | None:
    """Bring pbins into a channel; None when hosts see nothing new.

    ``message`` and ``by`` are for everybody, the ``note`` for people with a role (``Occasion``).
    ``sources`` are the commits of the source repositories that they were built from, by name;
    ``history`` is a commit of another repository, taken in before, of which they are the end.
    Every tarball of an arrival that is not withheld must be in the distfiles. One that is
    withheld enters the catalogue only, and never in the place of a version that hosts have. Of
    equal versions one comes (``one_per_place``).
    Raises StorageError, with nothing changed in the eyes of any host.
    """
    with _publishing(channel):
        together, _ = one_per_place(arrivals)
        wanted = _wanted(channel, together)
        occasion = Occasion(message, run, asked_by, sources or {}, kind, history, by, note)
        return _bring(channel, wanted, [], occasion)


def move_channel(
    *,
    channel: Channel,
    expected: str,
    arrivals: Collection[Arrival],
    removed: Collection[Pbin],
    message: str,
    by: str = "",
    note: str = "",
    asked_by: User | None = None,
    kind: PublicationKind = PublicationKind.ARRIVAL,
) -> Publication | None:
    """Change exactly these versions; None when hosts see nothing new.

    ``removed`` are pbins that the channel serves; one that is also among the arrivals, withheld,
    stays in the catalogue. Raises Refused when the channel is no longer at commit ``expected``,
    and StorageError; with nothing changed in the eyes of any host.
    """
    with _publishing(channel):
        found = git_of(channel.repository).head(channel.name) or ""
        if found != expected:
            raise Refused(
                f"Channel {channel} is at {found[:12] or 'nothing'} by now, no longer at"
                f" {expected[:12] or 'nothing'}. Nothing was changed; look at what would change"
                " now, then decide again."
            )
        occasion = Occasion(message, asked_by=asked_by, kind=kind, by=by, note=note)
        return _bring(channel, arrivals, removed, occasion)


def begin_channel(
    *, channel: Channel, source: Channel, message: str, by: str = "", asked_by: User | None = None
) -> Publication:
    """The first publication of a channel: what another one serves.

    Raises Refused when hosts could not be given all of that, before anything is done.
    """
    with _publishing(channel):
        begins_at = git_of(channel.repository).head(source.name)
        arrivals = [Arrival(entry.pbin, "") for entry in source.entries.served().with_files()]
        check_whole(channel.repository, [arrival.pbin for arrival in arrivals])
        occasion = Occasion(message, asked_by=asked_by, kind=PublicationKind.BEGIN, by=by)
        return _finish(_prepare(channel, {}, arrivals, [], occasion, begins_at=begins_at))


def settle_publications(repository: Repository) -> None:
    """After a crash: finish each publication whose commit the channel shows, forget the others."""
    prepared = repository.publications.filter(state=PublicationState.PREPARED)
    prepared = prepared.exclude(kind=PublicationKind.HISTORY)
    for publication in prepared.select_related("channel").order_by("pk"):
        if git_of(repository).head(publication.channel.name) == publication.commit:
            _record(publication)
        else:
            forget_history(publication.channel)
            publication.delete()


def repository_lock(repository: Repository) -> AbstractContextManager[None]:
    """One publisher at a time per repository, never across repositories."""
    return alone(places().all_git / f"{repository.name}.lock")


@contextmanager
def _publishing(channel: Channel) -> Iterator[None]:
    """Alone, with nothing left unsettled, in a channel that is still there. Raises Refused."""
    with repository_lock(channel.repository):
        settle_publications(channel.repository)
        if Channel.ever.filter(pk=channel.pk).exclude(removed_at=None).exists():
            raise Refused(f"{channel} was removed; nothing can be published there any more.")
        yield


def _wanted(channel: Channel, arrivals: list[Arrival]) -> list[Arrival]:
    """Without what the channel holds already, and what may not push a served version out."""
    held = held_places(channel, [arrival.pbin for arrival in arrivals])

    def is_wanted(arrival: Arrival) -> bool:
        entry = held.get(place_of(arrival.pbin))
        if entry is None:
            return True
        if arrival.withheld and not entry.withheld:
            return False
        return (entry.pbin_id, entry.withheld) != (arrival.pbin.pk, arrival.withheld)

    return [arrival for arrival in arrivals if is_wanted(arrival)]


def _bring(
    channel: Channel,
    arrivals: Collection[Arrival],
    removed: Collection[Pbin],
    occasion: Occasion,
) -> Publication | None:
    git = git_of(channel.repository)
    head = git.head(channel.name) or ""
    served = [arrival.pbin for arrival in arrivals if not arrival.withheld]
    check_arriving(channel, served)
    files = tree_changes(channel, git, head, served, removed)
    if occasion.history and git.leads_to(occasion.history, head):
        occasion = replace(occasion, history="")
    if not files and not occasion.history:
        hold(channel, arrivals, timezone.now())
        return None
    return _finish(_prepare(channel, files, arrivals, removed, occasion))


def _prepare(
    channel: Channel,
    files: Mapping[str, bytes | None],
    arrivals: Collection[Arrival],
    removed: Collection[Pbin],
    occasion: Occasion,
    *,
    begins_at: str | None = None,
) -> Publication:
    """Write the commit, which hangs in the air, and the row that says what is about to happen.

    ``begins_at`` is the commit that a channel without any goes on from.
    """
    git = git_of(channel.repository)
    parent = git.head(channel.name)
    now = timezone.now()
    signer = commit_signer()
    commit = git.commit(
        parent=parent or begins_at,
        changes=files,
        message=occasion.committed,
        author=AUTHOR,
        when=now,
        joins=occasion.history or None,
        sign=signer,
    )
    with transaction.atomic():
        if occasion.history:
            prepare_history(channel, git, occasion.history, parent or "")
        return Publication.objects.create(
            repository=channel.repository,
            channel=channel,
            kind=occasion.kind,
            commit=commit,
            parent=parent or "",
            message=occasion.told,
            is_signed=signer is not None,
            sources=dict(occasion.sources),
            intent={
                "entries": [[arrival.pbin.pk, arrival.withheld] for arrival in arrivals],
                "removed": [pbin.pk for pbin in removed],
                "history": occasion.history,
                "addresses": "" if begins_at else told_addresses(channel),
            },
            run=occasion.run,
            asked_by=occasion.asked_by,
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
    removed = pbins_of(publication.intent.get("removed", []))
    pbins = {pbin.pk: pbin for pbin in pbins_of(pk for pk, _ in publication.intent["entries"])}
    arrivals = [Arrival(pbins[pk], withheld) for pk, withheld in publication.intent["entries"]]
    served_before = {
        place
        for place, entry in held_places(channel, list(pbins.values())).items()
        if not entry.withheld
    }
    let_go(channel, removed)
    hold(channel, arrivals, at)
    told = record_history(publication, git_of(publication.repository))
    changes = [change_of(publication, pbin, ChangeKind.REMOVED) for pbin in removed]
    for arrival in arrivals:
        if not arrival.withheld and arrival.pbin.pk not in told:
            is_there = place_of(arrival.pbin) in served_before
            kind = ChangeKind.REPLACED if is_there else ChangeKind.ADDED
            changes.append(change_of(publication, arrival.pbin, kind))
    Change.objects.bulk_create(mark_news(changes, publication.kind), batch_size=500)
    channel.commit = publication.commit
    channel.moved_at = at
    channel.addresses = publication.intent.get("addresses", "")
    channel.save(update_fields=("commit", "moved_at", "addresses"))
    publication.state = PublicationState.PUBLISHED
    publication.save(update_fields=("state",))
