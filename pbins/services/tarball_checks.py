"""Whether the tarballs are what they were: by size and time, or by reading every byte."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from pbins.models import Entry, FindingKind, Repository, Tarball
from pbins.services.findings import Seen
from pbins.services.keeping import kept_tarballs, under_way_since
from pbins.services.parts import in_parts
from pbins.services.places import distfiles_of
from pbins.storage.distfiles import Distfiles, FileState
from pbins.storage.errors import FileMissing

AT_ONCE = 200
SEEN_BY_READING = (FindingKind.ALTERED, FindingKind.UNREADABLE)


@dataclass(slots=True)
class Reading:
    """What was read, and what was wrong with it. ``read`` counts bytes."""

    seen: list[Seen] = field(default_factory=list)
    files: int = 0
    read: int = 0
    whole: list[Tarball] = field(default_factory=list)
    gone: list[Tarball] = field(default_factory=list)


def check_tarballs(
    repository: Repository, *, full: bool = False, unread_since: datetime | None = None
) -> Reading:
    """Hold every tarball against its row.

    Read whole are those that look changed, were found altered or unreadable before, or were not
    read since ``unread_since``; all of them when ``full``.
    """
    distfiles = distfiles_of(repository)
    listing = distfiles.listing()
    suspected = repository.findings.open().filter(kind__in=SEEN_BY_READING)
    doubtful = set(suspected.values_list("what", flat=True))
    reading = Reading()
    for row in _rows(repository):
        state = listing.get(row.name)
        reading.files += 1
        if state is None:
            reading.gone.append(row)
            continue
        stale = unread_since is not None and (not row.verified_at or row.verified_at < unread_since)
        read = full or stale or row.file_time != state.modified or row.name in doubtful
        _check(row, state, distfiles, reading, read=read)
    _note_gone(repository, reading)
    _note_whole(reading)
    return reading


def check_company(repository: Repository) -> list[Seen]:
    """Tarballs that no pbin names, and pbins served without any tarball of ours."""
    named = set(
        repository.tarballs.filter(pbins__isnull=False).values_list("name", flat=True).distinct()
    )
    since = under_way_since(repository).timestamp() * 1e9
    seen = [
        Seen(FindingKind.NO_PBIN, name, f"No pbin names it; {state.size} bytes.")
        for name, state in distfiles_of(repository).listing().items()
        if name not in named and state.changed < since
    ]
    lacking = Entry.objects.served().filter(channel__repository=repository)
    for entry in lacking.filter(pbin__tarball=None).with_files():
        what = f"{entry.channel.name}:{entry.pbin.path}"
        seen.append(Seen(FindingKind.NO_TARBALL, what, "Hosts are given it without a tarball."))
    return seen


def _rows(repository: Repository) -> list[Tarball]:
    """What we say we have, and what hosts are told that we have.

    All at once: to read the files takes long, and no query may stay open for so long.
    """
    served = Entry.objects.served().filter(channel__repository=repository)
    wanted = Q(is_present=True) | Q(pk__in=served.values("pbin__tarball"))
    needed = ("name", "size", "sha256", "file_time", "verified_at")
    return list(repository.tarballs.filter(wanted).only("repository", *needed))


def _check(
    row: Tarball, state: FileState, distfiles: Distfiles, reading: Reading, *, read: bool
) -> None:
    if row.size is not None and state.size != row.size:
        short = state.size < row.size
        kind = FindingKind.TRUNCATED if short else FindingKind.ALTERED
        reading.seen.append(Seen(kind, row.name, f"It has {state.size} bytes, not {row.size}."))
        return
    if not read:
        return
    try:
        found = distfiles.sha256(row.name)
    except FileMissing:  # it went to the trash while we were looking
        return
    except OSError as error:  # of this one file; the others are looked at all the same
        told = f"It can't be read: {error.strerror or error}."
        reading.seen.append(Seen(FindingKind.UNREADABLE, row.name, told))
        return
    reading.read += state.size
    if row.sha256 and found != row.sha256:
        told = f"Its SHA-256 is {found}, not {row.sha256}."
        reading.seen.append(Seen(FindingKind.ALTERED, row.name, told))
        return
    row.file_time, row.verified_at = state.modified, timezone.now()
    reading.whole.append(row)
    if len(reading.whole) == AT_ONCE:  # so that a scrub that is killed was not in vain
        _note_whole(reading)


def _note_gone(repository: Repository, reading: Reading) -> None:
    """A finding where it matters; elsewhere the row only says that it is not here."""
    if not reading.gone:
        return
    still = set(  # a collection may have moved some to the trash since
        Tarball.objects.filter(repository=repository, trashed_at=None).values_list("pk", flat=True)
    )
    kept = kept_tarballs(repository)
    forgotten = []
    for row in reading.gone:
        why = kept.get(row.name)
        if why is None:
            forgotten.append(row.pk)
        elif row.pk in still:
            told = f"It is not among the distfiles, though it is {why}."
            reading.seen.append(Seen(FindingKind.MISSING, row.name, told))
    for part in in_parts(forgotten):
        Tarball.objects.filter(pk__in=part).update(is_present=False)


def _note_whole(reading: Reading) -> None:
    Tarball.objects.bulk_update(reading.whole, ("file_time", "verified_at"), batch_size=AT_ONCE)
    reading.whole.clear()
