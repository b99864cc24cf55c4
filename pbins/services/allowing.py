"""A person says that what looks like a secret is none: the pbin is given to hosts after all."""

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from pbins.models import Entry, Publication, Tarball
from pbins.services.arrivals import Arrival, gate, suspicion
from pbins.services.errors import Refused
from pbins.services.places import distfiles_of, withheld_of
from pbins.services.publishing import publish
from pbins.storage.errors import StorageError

COMMAND_LINE = "the command line"


def can_be_allowed(entry: Entry) -> bool:
    """Whether this is why the entry is withheld, and nothing else is."""
    tarball = entry.pbin.tarball
    if not entry.withheld or tarball is None or entry.withheld != suspicion(tarball):
        return False
    return not gate(entry.pbin, tarball=tarball.name)


def allow(*, entry: Entry, asked_by: User | None) -> Publication:
    """Serve the tarball and publish the pbin; who said so is recorded with the tarball.

    May be repeated after a crash. Raises Refused when it is withheld for another reason.
    """
    tarball = entry.pbin.tarball
    if tarball is None or not can_be_allowed(entry):
        raise Refused(
            f"{entry} can't be allowed. {entry.withheld or 'Hosts are given it already.'}"
        )
    by = str(asked_by) if asked_by else COMMAND_LINE
    try:
        _open(tarball, by)
        publication = publish(
            channel=entry.channel,
            arrivals=[Arrival(entry.pbin, "")],
            message=f"Add {entry.pbin}\n\nWhat looked like a secret in its tarball is none.\n",
            by=f"Allowed by {by}.",
            note=_note(tarball),
            asked_by=asked_by,
        )
    except StorageError as error:
        raise Refused(f"It could not be published: {error}.") from error
    if publication is None:
        raise Refused(f"{entry} is published already.")
    return publication


@transaction.atomic
def _open(tarball: Tarball, by: str) -> None:
    """Move the file to where hosts fetch it; the row says who let it out."""
    held = withheld_of(tarball.repository)
    if held.has(tarball.name):
        distfiles_of(tarball.repository).admit(held.path(tarball.name), tarball.name)
    state = distfiles_of(tarball.repository).state(tarball.name)
    if state is None:
        raise Refused(f"The tarball {tarball.name} is not here any more; build it again.")
    tarball.is_present = True
    tarball.file_time = state.modified
    tarball.suspects_allowed_by = by
    tarball.suspects_allowed_at = timezone.now()
    tarball.save(
        update_fields=("is_present", "file_time", "suspects_allowed_by", "suspects_allowed_at")
    )


def _note(tarball: Tarball) -> str:
    return f"Said to be no secrets: {', '.join(tarball.suspects)}."
