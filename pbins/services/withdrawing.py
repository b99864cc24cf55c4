"""Taking versions away from hosts: each channel that serves them gets a publication without."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from django.contrib.auth.models import User

from pbins.models import Channel, Pbin, Publication
from pbins.services.arrivals import Arrival
from pbins.services.errors import Refused
from pbins.services.places import git_of
from pbins.services.publishing import move_channel, publish
from pbins.storage.errors import StorageError

QUARANTINED = "Quarantined: "
"""How the reason begins for which a version is withheld until its tarball is whole again."""


def quarantine(*, pbins: Collection[Pbin], reason: str, asked_by: User | None) -> list[Publication]:
    """Withhold versions from hosts, in every channel; the catalogue keeps them, with the reason.

    Raises Refused, which says what had been done by then.
    """
    made: list[Publication] = []
    for channel, served in _served(pbins):
        what = _names(served)
        with after(made):
            publication = _move(
                channel,
                arrivals=[Arrival(pbin, QUARANTINED + reason) for pbin in served],
                removed=served,
                message=f"Quarantine {what}\n\n{reason}\n",
                asked_by=asked_by,
            )
        made += [publication] if publication else []
    return made


@contextmanager
def after(made: Collection[Publication]) -> Iterator[None]:
    """What is refused now says which channels were changed before; nothing was, where none was."""
    try:
        yield
    except Refused as refusal:
        if not made:
            raise
        done = ", ".join(f"{one.channel.name} (publication {one.pk})" for one in made)
        told = str(refusal).replace("Nothing was changed", "Nothing more was changed")
        raise Refused(f"{told} Changed before that: {done}; do it again for the rest.") from refusal


def give_back(*, pbins: Collection[Pbin], asked_by: User | None) -> list[Publication]:
    """Give hosts again what was quarantined, where no other build has come in its place."""
    made: list[Publication] = []
    for channel in Channel.objects.filter(entries__pbin__in=pbins).distinct():
        held = channel.entries.filter(pbin__in=pbins, withheld__startswith=QUARANTINED)
        back = [entry.pbin for entry in held.with_files()]
        if not back:
            continue
        with after(made):
            publication = _give_back(channel, back, asked_by)
        made += [publication] if publication else []
    return made


def _give_back(
    channel: Channel, pbins: Collection[Pbin], asked_by: User | None
) -> Publication | None:
    try:
        return publish(
            channel=channel,
            arrivals=[Arrival(pbin, "") for pbin in pbins],
            message=f"Give back {_names(pbins)}\n\nWhole again\n",
            asked_by=asked_by,
        )
    except StorageError as error:
        raise Refused(f"Nothing was changed: {error}.") from error


def remove_versions(
    *, channel: Channel, pbins: Collection[Pbin], reason: str, asked_by: User | None
) -> Publication | None:
    """Take versions out of a channel; their tarballs stay. Raises Refused."""
    return _move(
        channel,
        arrivals=[],
        removed=pbins,
        message=f"Remove {_names(pbins)}\n\n{reason}\n\n"
        + "".join(f"- {pbin}\n" for pbin in pbins),
        asked_by=asked_by,
    )


def _move(
    channel: Channel,
    *,
    arrivals: Collection[Arrival],
    removed: Collection[Pbin],
    message: str,
    asked_by: User | None,
) -> Publication | None:
    try:
        return move_channel(
            channel=channel,
            expected=git_of(channel.repository).head(channel.name) or "",
            arrivals=arrivals,
            removed=removed,
            message=message,
            asked_by=asked_by,
        )
    except StorageError as error:
        raise Refused(f"Nothing was changed: {error}.") from error


def _served(pbins: Collection[Pbin]) -> list[tuple[Channel, list[Pbin]]]:
    found = []
    for channel in Channel.objects.filter(entries__pbin__in=pbins).distinct():
        entries = channel.entries.served().filter(pbin__in=pbins).with_files()
        served = [entry.pbin for entry in entries]
        if served:
            found.append((channel, served))
    return found


def _names(pbins: Collection[Pbin]) -> str:
    return str(next(iter(pbins))) if len(pbins) == 1 else f"{len(pbins)} versions"
