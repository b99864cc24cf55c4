"""Moving a channel: planned first and shown, then done exactly as planned or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.db.models import QuerySet

from pbins.models import (
    ChangeKind,
    Channel,
    Host,
    Publication,
    PublicationKind,
    PublicationState,
)
from pbins.services.arrivals import Arrival
from pbins.services.differences import (
    Difference,
    PbinFile,
    StoredPbin,
    VersionChange,
    difference,
    stored_pbins,
)
from pbins.services.errors import Refused
from pbins.services.needs import wanted_pbins
from pbins.services.people import asked_for
from pbins.services.places import distfiles_of, git_of
from pbins.services.publishing import move_channel
from pbins.services.wholeness import check_whole, damage_of
from pbins.storage.errors import StorageError
from pbins.storage.git_contents import blob_id


@dataclass(frozen=True, slots=True)
class Move:
    """What would happen to a channel, and what was seen when that was found out.

    ``head`` and ``source`` are the commits of the channel and of where its versions come from.
    ``left_out`` are changes that can't be made any more: hosts could not be given what they bring.
    """

    channel: Channel
    head: str
    source: str
    changes: Difference
    message: str
    kind: PublicationKind
    left_out: Sequence[VersionChange] = ()

    @property
    def hosts(self) -> QuerySet[Host]:
        """Those that follow the channel, and so are given what it becomes."""
        return followers_of(self.channel)

    def of_kind(self, kind: ChangeKind) -> int:
        return self.changes.counts[kind]


def followers_of(channel: Channel) -> QuerySet[Host]:
    return Host.objects.filter(subscriptions__channel=channel).order_by("name")


def plan_promotion(*, source: Channel, target: Channel, specs: Sequence[str] = ()) -> Move:
    """Give a channel what another one serves: everything, or some packages.

    The whole makes the target what the source is, removals included. Packages bring with them what
    they need at run time where the target lacks it, and remove nothing. Raises Refused.
    """
    _check_pair(source, target)
    head, origin = _head(target), _head(source)
    changes = _difference(target, head, origin)
    what = f"everything from {source.name}"
    if specs:
        pbins = wanted_pbins(source=source, target=target, specs=specs)
        wanted = {PbinFile(pbin.path, blob_id(pbin.text.encode())) for pbin in pbins}
        changes = changes.where(lambda one: one.after in wanted)
        what = f"{' '.join(specs)} from {source.name}"
    message = f"Promote {what} to {target.name}"
    return Move(target, head, origin, changes, message, PublicationKind.PROMOTION)


def plan_rollback(*, channel: Channel, publication: Publication) -> Move:
    """Give a channel again what it served after one of its publications. Raises Refused.

    What has lost its tarball, or was withheld from this channel since, does not come back.
    """
    if publication.channel_id != channel.pk or publication.state != PublicationState.PUBLISHED:
        raise Refused(f"Publication {publication.pk} is not one that {channel} has served.")
    if publication.kind == PublicationKind.HISTORY:
        raise Refused(
            f"Publication {publication.pk} was taken in with the repository's past: {channel} never"
            " served it here, and nobody has checked it. Choose a later one."
        )
    head = _head(channel)
    changes = _difference(channel, head, publication.commit)
    files = _can_come(channel, changes)
    return Move(
        channel,
        head,
        publication.commit,
        changes.where(lambda one: one.after is None or one.after in files),
        f"Roll {channel.name} back to publication {publication.pk}",
        PublicationKind.ROLLBACK,
        changes.where(lambda one: one.after is not None and one.after not in files),
    )


def carry_out(move: Move, *, asked_by: User | None, because: str = "") -> Publication:
    """Do what was planned, as one publication; ``because`` says why when no person asked.

    Raises Refused, with nothing changed: when there is nothing to do, when a tarball is gone, or
    when the channel has moved since.
    """
    if not move.changes:
        raise Refused(f"{move.channel} serves exactly that already; there is nothing to change.")
    changes = _read(move)
    arriving = [change.after for change in changes if change.after is not None]
    check_whole(move.channel.repository, arriving)
    try:
        publication = move_channel(
            channel=move.channel,
            expected=move.head,
            arrivals=[Arrival(pbin, "") for pbin in arriving],
            removed=[
                change.before
                for change in changes
                if change.before is not None and change.after is None
            ],
            message=_message(move, changes),
            by=because or asked_for(asked_by),
            asked_by=asked_by,
            kind=move.kind,
        )
    except StorageError as error:
        raise Refused(f"Nothing was changed: {error}.") from error
    if publication is None:
        raise Refused(f"{move.channel} serves exactly that already; there is nothing to change.")
    return publication


def check_as_seen(move: Move, *, head: str, source: str, count: str) -> None:
    """Refuse a move that is not the one that was shown, or whose count was not given back."""
    if (head, source) != (move.head, move.source):
        raise Refused(
            "Something was published since this was shown. Nothing was changed; this is what"
            " would change now."
        )
    if count.strip() != str(len(move.changes)):
        raise Refused(f"Type {len(move.changes)}, the number of versions that change.")


def _check_pair(source: Channel, target: Channel) -> None:
    if source.repository_id != target.repository_id:
        raise Refused(f"{source} and {target} are channels of different repositories.")
    if source.pk == target.pk:
        raise Refused(f"{source} can't be promoted to itself.")


def _head(channel: Channel) -> str:
    head = git_of(channel.repository).head(channel.name)
    if head is None:
        raise Refused(f"{channel} has no publication yet.")
    return head


def _difference(channel: Channel, before: str, after: str) -> Difference:
    try:
        return difference(channel.repository, before, after)
    except StorageError as error:
        raise Refused(f"What would change can't be told: {error}.") from error


def _read(move: Move) -> Sequence[VersionChange]:
    try:
        return list(move.changes)
    except StorageError as error:
        raise Refused(f"Nothing was changed: {error}.") from error


def _can_come(channel: Channel, changes: Difference) -> set[PbinFile]:
    """The files that hosts can be given: their tarball is whole, and nothing withheld since."""
    arriving = (one.after for one in changes.places if one.after is not None)
    withheld = set(channel.entries.exclude(withheld="").values_list("pbin", flat=True))
    distfiles = distfiles_of(channel.repository)
    try:
        stored = stored_pbins(channel.repository, arriving)
    except StorageError as error:
        raise Refused(f"What would change can't be told: {error}.") from error
    damaged = damage_of(channel.repository)

    def is_fit(pbin: StoredPbin) -> bool:
        if pbin.key in withheld or not pbin.tarball or pbin.tarball in damaged:
            return False
        state = distfiles.state(pbin.tarball)
        return state is not None and pbin.size in {None, state.size}

    return {file for file, pbin in stored.items() if is_fit(pbin)}


def _message(move: Move, changes: Sequence[VersionChange]) -> str:
    lines = "".join(f"- {change.name}-{change.version} {change.kind}\n" for change in changes)
    return f"{move.message}\n\n{lines}"
