"""A version that is withheld for its tarball alone: taken again, and given to hosts."""

from django.contrib.auth.models import User

from pbins.models import Entry, Pbin, Publication, Tarball
from pbins.services.arrivals import Arrival, gate, gate_tarball, tarball_name
from pbins.services.errors import Refused
from pbins.services.mending import take_again
from pbins.services.people import asked_for
from pbins.services.publishing import publish
from pbins.services.withdrawing import QUARANTINED, after
from pbins.storage.errors import StorageError


def lacks_only_its_tarball(entry: Entry) -> bool:
    """Whether it is withheld because its tarball was damaged, or did not come, and for no more."""
    if not entry.withheld or gate(entry.pbin, tarball=tarball_name(entry.pbin)):
        return False
    tarball = entry.pbin.tarball
    if tarball is None or entry.withheld.startswith(QUARANTINED):
        return True
    return not tarball.is_present and not tarball.suspects


def take_entry_again(*, entry: Entry, asked_by: User | None) -> str:
    """Have its tarball again, and give the version to hosts of every channel that lacks but that.

    Returns where it came from; may be repeated after a crash. Raises Refused with what each place
    told.
    """
    if not lacks_only_its_tarball(entry):
        raise Refused(
            f"{entry} is not withheld for its tarball."
            f" {entry.withheld or 'Hosts are given it already.'}"
        )
    of_pbin = Entry.objects.filter(pbin=entry.pbin_id).exclude(withheld="").with_files()
    waiting = [one for one in of_pbin if lacks_only_its_tarball(one)]
    repository, name = entry.channel.repository, tarball_name(entry.pbin)
    source = take_again(repository=repository, name=name)
    row = Tarball.objects.get(repository=repository, name=name)
    Pbin.objects.filter(pk=entry.pbin_id).update(tarball=row)
    if why := gate_tarball(row):
        raise Refused(f"It was taken again from {source}, and stays withheld. {why}")
    made: list[Publication] = []
    for one in waiting:
        one.pbin.tarball = row
        with after(made):
            publication = _publish(one, source, asked_by)
        made += [publication] if publication else []
    return source


def _publish(entry: Entry, source: str, asked_by: User | None) -> Publication | None:
    try:
        return publish(
            channel=entry.channel,
            arrivals=[Arrival(entry.pbin, "")],
            message=f"Add {entry.pbin}\n\nIts tarball was taken again.\n",
            by=asked_for(asked_by),
            note=f"It came from {source}.",
            asked_by=asked_by,
        )
    except StorageError as error:
        raise Refused(f"Nothing was changed: {error}.") from error
