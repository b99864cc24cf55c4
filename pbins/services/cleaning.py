"""Garbage collection by a repository's policy: first seen, by name and byte, then done.

Old versions leave their channels by a publication like any other (``keep_versions``). Tarballs
that no channel, no kept publication, no host and no person needs move to the trash.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import User
from django.utils import timezone

from pbins.models import Channel, Entry, Pbin, Publication, Repository
from pbins.services.errors import Refused
from pbins.services.keeping import in_use, kept_tarballs, under_way_since
from pbins.services.parts import in_parts
from pbins.services.places import distfiles_of
from pbins.services.publishing import repository_lock, settle_publications
from pbins.services.trashing import settle_trash, throw_away
from pbins.services.withdrawing import after, remove_versions
from pbins.storage.errors import StorageError


@dataclass(frozen=True, slots=True)
class Unneeded:
    """A tarball that may go: bytes, and why it is not needed."""

    name: str
    size: int
    why: str


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What a collection would do, or has done. ``leaving`` are versions that leave a channel."""

    leaving: tuple[Entry, ...]
    tarballs: tuple[Unneeded, ...]
    publications: tuple[Publication, ...] = ()

    @property
    def size(self) -> int:
        """Bytes that go to the trash."""
        return sum(one.size for one in self.tarballs)

    @property
    def count(self) -> int:
        return len(self.leaving) + len(self.tarballs)


def plan_cleaning(*, repository: Repository) -> Cleaning:
    """What a collection would do now; nothing is changed."""
    return Cleaning(tuple(_leaving(repository)), tuple(_unneeded(repository)))


def clean(
    *, repository: Repository, asked_by: User | None = None, expected: int | None = None
) -> Cleaning:
    """Do it. ``expected``: only if it is still so many versions and tarballs. Raises Refused.

    Versions leave their channels first; their tarballs follow in later collections, when no
    publication that is kept names them any more.
    """
    settle_trash(repository)
    planned = plan_cleaning(repository=repository)
    if expected is not None and expected != planned.count:
        raise Refused(
            f"It is {planned.count} by now, not {expected}. Nothing was changed; look again."
        )
    publications = _leave(repository, planned.leaving, asked_by)
    with repository_lock(repository):  # nothing is published that names what is about to go
        settle_publications(repository)
        gone = {one.name: one for one in _unneeded(repository)}
        try:
            thrown = throw_away(repository, gone, f"not needed{_by(asked_by)}")
        except StorageError as error:
            raise Refused(f"Cleaning stopped half way, which does no harm: {error}") from error
    return Cleaning(planned.leaving, tuple(gone[row.name] for row in thrown), tuple(publications))


def _leave(
    repository: Repository, leaving: tuple[Entry, ...], asked_by: User | None
) -> list[Publication]:
    by_channel: dict[int, list[Pbin]] = {}
    for entry in leaving:
        by_channel.setdefault(entry.channel_id, []).append(entry.pbin)
    made: list[Publication] = []
    for channel in repository.channels.filter(pk__in=by_channel):
        with after(made):
            publication = remove_versions(
                channel=channel,
                pbins=by_channel[channel.pk],
                reason=f"A channel keeps {repository.keep_versions} of a slot.",
                asked_by=asked_by,
            )
        made += [publication] if publication else []
    return made


def _leaving(repository: Repository) -> Iterator[Entry]:
    """Served versions beyond the policy's number per slot that no host and no person needs."""
    if not repository.keep_versions:
        return
    needed = in_use(repository)
    since = timezone.now() - timedelta(days=repository.keep_days)
    for channel in repository.channels.all():
        beyond = channel.entries.select_related("pbin", "channel").defer("pbin__text")
        for part in in_parts(_beyond(channel, repository.keep_versions)):
            for entry in beyond.filter(pk__in=part, since__lt=since):
                if (entry.name, entry.version) not in needed:
                    yield entry


def _beyond(channel: Channel, most: int) -> Iterator[int]:
    """Keys of the entries after the ``most`` newest versions of each slot."""
    seen: Counter[tuple[str, ...]] = Counter()
    served = channel.entries.served().order_by("category", "package", "-version_key")
    for key, *slot in served.values_list("pk", "category", "package", "pbin__slot"):
        seen[tuple(slot)] += 1
        if seen[tuple(slot)] > most:
            yield key


def _unneeded(repository: Repository) -> Iterator[Unneeded]:
    """Tarballs among the distfiles that nothing keeps, and that are old enough."""
    kept = kept_tarballs(repository)
    old = timezone.now() - timedelta(days=repository.keep_days)
    young = dict(
        repository.tarballs.filter(received_at__gt=min(old, under_way_since(repository)))
        .order_by()
        .values_list("name", "received_at")
    )
    with_pbin = repository.tarballs.filter(pbins__isnull=False).order_by()
    has_pbin = set(with_pbin.values_list("name", flat=True))
    changed_before = under_way_since(repository).timestamp() * 1e9
    for name, state in distfiles_of(repository).listing().items():
        if name in kept or name in young or state.changed >= changed_before:
            continue
        why = "no channel, publication or host needs it"
        yield Unneeded(name, state.size, why if name in has_pbin else "no pbin names it")


def _by(asked_by: User | None) -> str:
    return f" (cleaned by {asked_by})" if asked_by else ""
