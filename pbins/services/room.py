"""Whether the portal's own disk has room for more: below the floor nothing is begun or taken in."""

from collections.abc import Collection

from django.conf import settings

from pbins.models import Channel, Pbin
from pbins.services.holdings import held_places
from pbins.services.places import distfiles_of, places
from pbins.services.wholeness import damage_of
from pbins.storage.disk import free_bytes
from pbins.storage.errors import BelowFloor, BrokenTarball

MEBI = 2**20


def why_no_room(coming: int = 0) -> str:
    """Empty when there is room for so many bytes; otherwise a sentence about what is in the way."""
    free, floor = free_bytes(places().root), settings.PBINS_DISK_FLOOR
    if free >= floor + coming:
        return ""
    if free >= floor:
        return (
            f"The portal's own disk has {free // MEBI} MiB left; {coming // MEBI} MiB are to come,"
            f" and {floor // MEBI} MiB must stay free (PBINS_DISK_FLOOR): free some space."
        )
    return (
        f"The portal's own disk has {free // MEBI} MiB left, and {floor // MEBI} MiB must stay"
        " free (PBINS_DISK_FLOOR): clean a repository, or free some space."
    )


def check_room(coming: int = 0) -> None:
    """Raises BelowFloor before so many bytes are written, so that nothing is left half done."""
    reason = why_no_room(coming)
    if reason:
        raise BelowFloor(places().root, reason)


def check_arriving(channel: Channel, pbins: Collection[Pbin]) -> None:
    """There is room, and every tarball is whole still, as far as its size and findings tell.

    Raises BelowFloor, FileMissing for one that a cleaning took away since it was seen to be there,
    and BrokenTarball. The caller holds the repository's lock.
    """
    if not pbins:
        return
    check_room()
    held = held_places(channel, pbins)
    served = {entry.pbin_id for entry in held.values() if not entry.withheld}
    distfiles, damage = distfiles_of(channel.repository), damage_of(channel.repository)
    for pbin in pbins:
        tarball = pbin.tarball
        if tarball is None or pbin.pk in served:
            continue
        size = distfiles.size(tarball.name)
        if tarball.name in damage:
            raise BrokenTarball(f"{tarball.name} was found damaged: {damage[tarball.name]}")
        if tarball.size not in {None, size}:
            raise BrokenTarball(f"{tarball.name} has {size} bytes, not {tarball.size}")
