"""Visits to mirrors: what is wanted is copied there and read back, what is gone is removed.

Hosts of a channel are told of a mirror once all that the channel names is there and can be read at
its public address; a tarball that is not there yet they find at ours, for cave tries every address.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from pbins.models import Channel, Mirror, MirroredTarball, MirrorKind, Tarball
from pbins.services.errors import Refused
from pbins.services.mirrors import public_address, target_url, wanted_at
from pbins.services.outlets import (
    alone_with,
    is_due,
    note_delivered,
    note_failed,
    secret_of,
    ssh_login,
)
from pbins.services.places import distfiles_of
from pbins.storage.errors import OutsideError, StorageError
from pbins.storage.mirror_place import MirrorPlace
from pbins.storage.rsync import RsyncPlace
from pbins.storage.s3 import S3Place
from pbins.transport.errors import RemoteFileMissing, TransportError
from pbins.transport.web import web_size

LOOK_AGAIN = timedelta(hours=1)
UNLIST_AFTER = timedelta(hours=1)
"""How long a mirror may fail before hosts are no longer told of it."""

SLICE_SECONDS = 120.0
"""One visit takes no longer, a large tarball apart: other places want theirs too."""

AT_ONCE = 100
AT_ONCE_BYTES = 256 * 2**20


def is_mirror_due(mirror: Mirror, now: datetime) -> bool:
    """Whether it is to be visited now; asks the database only."""
    return is_due(mirror, now, has_news=_has_news(mirror))


def visit_mirror(mirror: Mirror, *, slice_seconds: float = SLICE_SECONDS) -> None:
    """Bring it up to date, or nearer to that, and note how that went.

    Nothing happens while another process is there.
    """
    with alone_with(mirror) as lock:
        if lock is None:
            return
        mirror.refresh_from_db()
        try:
            with _place_of(mirror) as place:
                _look(mirror, place)
                is_done = _copy(mirror, place, until=time.monotonic() + slice_seconds)
                _remove(mirror, place)
            _check_public(mirror)
        except (StorageError, TransportError, Refused) as error:
            note_failed(mirror, str(error))
            _unlist_if_failing(mirror)
            return
        mirror.listed_in.add(*_unlisted(mirror))
        note_delivered(mirror, look_again=LOOK_AGAIN if is_done else timedelta())


def lacks(mirror: Mirror, channel: Channel) -> QuerySet[Tarball]:
    """The tarballs that a channel names and the mirror was not seen to have."""
    named = Tarball.objects.filter(pbins__entries__channel=channel, pbins__entries__withheld="")
    return named.exclude(mirrored__mirror=mirror).distinct()


@contextmanager
def _place_of(mirror: Mirror) -> Iterator[MirrorPlace]:
    url = target_url(mirror)
    secret = secret_of(mirror)
    if mirror.kind == MirrorKind.S3:
        yield S3Place(url, key=mirror.username, secret=secret, region=mirror.region)
    elif url.scheme == "ssh":
        with ssh_login(mirror, url) as login:
            yield RsyncPlace(url, ssh=login)
    else:
        yield RsyncPlace(url, password=secret)


def _look(mirror: Mirror, place: MirrorPlace) -> None:
    """Hold what we believe to be there against what is; once in a while, for that may take long."""
    if mirror.looked_at and mirror.looked_at > timezone.now() - LOOK_AGAIN:
        return
    there = place.listing()
    known = set()
    for row in mirror.tarballs.select_related("tarball"):
        if there.get(row.tarball.name) == row.size == row.tarball.size:
            known.add(row.tarball_id)
        else:
            row.delete()
    # It may have been filled by somebody else, or before a crash.
    fitting = [
        tarball
        for tarball in wanted_at(mirror).exclude(pk__in=known)
        if there.get(tarball.name) == tarball.size
    ]
    _note(mirror, fitting)
    mirror.looked_at = timezone.now()
    mirror.save(update_fields=("looked_at",))


def _copy(mirror: Mirror, place: MirrorPlace, *, until: float) -> bool:
    """Whether all is there now."""
    for batch in _batches(_missing(mirror)):
        if time.monotonic() > until:
            return False
        distfiles = distfiles_of(mirror.repository)
        files = {one.name: distfiles.path(one.name) for one in batch if distfiles.has(one.name)}
        place.put(files)
        there = place.sizes(files.keys())
        arrived = [one for one in batch if one.name in files and there.get(one.name) == one.size]
        _note(mirror, arrived)
        if len(arrived) < len(files):
            short = next(one for one in batch if one.name in files and one not in arrived)
            raise OutsideError(
                f"{short.name} has {there.get(short.name, 'no')} bytes there instead of"
                f" {short.size}; look whether there is room"
            )
    return True


def _remove(mirror: Mirror, place: MirrorPlace) -> None:
    came_back = mirror.tarballs.filter(is_doomed=True, tarball__is_present=True)
    came_back.update(is_doomed=False)
    gone = list(_gone(mirror).select_related("tarball"))
    if gone:
        place.delete([row.tarball.name for row in gone])
        MirroredTarball.objects.filter(pk__in=[row.pk for row in gone]).delete()


def _check_public(mirror: Mirror) -> None:
    """Whether hosts can read there what we wrote. Raises OutsideError, TransportError."""
    latest = mirror.tarballs.select_related("tarball").last()
    if latest is None:
        return
    address = public_address(mirror, latest.tarball.name)
    try:
        size = web_size(address)
    except RemoteFileMissing as error:
        raise OutsideError(
            f"{address} is not there (404): is {mirror.public_url} the address of {mirror.target}?"
        ) from error
    if size != latest.size:
        raise OutsideError(
            f"{address} has {size} bytes instead of {latest.size}:"
            f" is {mirror.public_url} the address of {mirror.target}?"
        )


def _unlisted(mirror: Mirror) -> list[Channel]:
    """Channels whose hosts could be told of the mirror and were not yet."""
    if not mirror.tarballs.exists():
        return []
    others = mirror.repository.channels.exclude(commit="").exclude(mirrors=mirror)
    return [channel for channel in others if not lacks(mirror, channel).exists()]


def _unlist_if_failing(mirror: Mirror) -> None:
    since = mirror.failing_since
    if since is not None and since < timezone.now() - UNLIST_AFTER:
        mirror.listed_in.clear()


def _has_news(mirror: Mirror) -> bool:
    """Whether anything came or went since the last visit. What is lost here is no news."""
    missing = _missing(mirror)
    if mirror.delivered_at is not None:
        missing = missing.filter(received_at__gt=mirror.delivered_at)
    return missing.exists() or _gone(mirror).exists() or bool(_unlisted(mirror))


def _missing(mirror: Mirror) -> QuerySet[Tarball]:
    """The latest first: what was published just now is asked for most."""
    return wanted_at(mirror).exclude(mirrored__mirror=mirror).order_by("-pk")


def _gone(mirror: Mirror) -> QuerySet[MirroredTarball]:
    """What we deleted for good, or found to hold a secret; not what we lost."""
    absent = mirror.tarballs.filter(tarball__is_present=False)
    suspect = ~Q(tarball__suspects=[]) & Q(tarball__suspects_allowed_by="")
    return absent.filter(Q(is_doomed=True, tarball__trashed_at=None) | suspect)


def _batches(tarballs: QuerySet[Tarball]) -> Iterator[list[Tarball]]:
    batch: list[Tarball] = []
    for tarball in list(tarballs):
        batch.append(tarball)
        if len(batch) >= AT_ONCE or sum(one.size or 0 for one in batch) >= AT_ONCE_BYTES:
            yield batch
            batch = []
    if batch:
        yield batch


def _note(mirror: Mirror, tarballs: list[Tarball]) -> None:
    now = timezone.now()
    MirroredTarball.objects.bulk_create(
        (
            MirroredTarball(mirror=mirror, tarball=one, size=one.size or 0, since=now)
            for one in tarballs
        ),
        batch_size=500,
        ignore_conflicts=True,
    )
