"""The past of an imported repository, in the ledger: what its own commits did, at their times.

Each of them becomes a publication of kind *history*, prepared together with the publication that
makes them ancestors of the channel, and recorded with it. Told is only what leads to what the
channel now has: a version that hosts are not given, lacking its tarball say, comes on the day it
does.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from django.utils import timezone

from pbins.models import (
    Change,
    ChangeKind,
    Channel,
    Entry,
    Pbin,
    Publication,
    PublicationKind,
    PublicationState,
)
from pbins.services.arrivals import read_arrival
from pbins.services.holdings import change_of
from pbins.services.news import mark_news
from pbins.services.parts import AT_ONCE, in_parts
from pbins.storage.git import GitRepository
from pbins.storage.git_contents import blobs
from pbins.storage.git_history import FileStep, PastCommit, messages, past_commits, small_files

PACKAGES = "packages"
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # before there were any pbins


@dataclass(frozen=True, slots=True)
class Past:
    """What led to a commit, and which pbins (path to blob) it holds in the end."""

    commits: tuple[PastCommit, ...]
    head: Mapping[str, str]
    contents: Mapping[str, bytes]


def prepare_history(channel: Channel, git: GitRepository, history: str, parent: str) -> None:
    """Rows of the commits that lead to ``history``, in their order, before anything is shown."""
    pasts = past_commits(git.path, to=history, after=parent, under=PACKAGES)
    told = messages(git.path, [past.commit for past in pasts])
    Publication.objects.bulk_create(
        (
            Publication(
                repository=channel.repository,
                channel=channel,
                kind=PublicationKind.HISTORY,
                commit=past.commit,
                parent=past.parent,
                message=told[past.commit] or "(no message)",
                created_at=_date(past),
            )
            for past in pasts
        ),
        batch_size=AT_ONCE,
    )


def record_history(publication: Publication, git: GitRepository) -> set[int]:
    """Write the ledger of the past that a publication brings; the pbins that came with it.

    The channel's entries are those of the publication already; they get the times of the past.
    """
    history = publication.intent.get("history")
    if not history:
        return set()
    channel = publication.channel
    past = _past(git, history, publication.parent)
    entries = channel.entries.served().select_related("pbin").defer("pbin__text")
    served = {entry.pbin.path: entry for entry in entries}
    prepared = channel.publications.filter(
        kind=PublicationKind.HISTORY, state=PublicationState.PREPARED
    )
    rows = {row.commit: row for row in prepared}
    since: dict[int, datetime] = {}
    for commit in past.commits:
        changes = list(_changes(rows[commit.commit], commit, past, served, since))
        Change.objects.bulk_create(mark_news(changes, PublicationKind.HISTORY), batch_size=AT_ONCE)
    prepared.filter(changes=None).delete()
    prepared.update(state=PublicationState.PUBLISHED)
    _date_back(channel, since)
    return set(since)


def forget_history(channel: Channel) -> None:
    """After a publication that did not take place."""
    channel.publications.filter(
        kind=PublicationKind.HISTORY, state=PublicationState.PREPARED
    ).delete()


def _past(git: GitRepository, history: str, parent: str) -> Past:
    commits = past_commits(git.path, to=history, after=parent, under=PACKAGES)
    wanted = {step.after or step.before for past in commits for step in _pbins(past)}
    head = blobs(git.path, history, PACKAGES)
    return Past(tuple(commits), head, small_files(git.path, sorted(wanted)))


def _pbins(past: PastCommit) -> Iterator[FileStep]:
    return (step for step in past.steps if ".pbin-" in step.path.rpartition("/")[2])


def _changes(
    publication: Publication,
    commit: PastCommit,
    past: Past,
    served: Mapping[str, Entry],
    since: dict[int, datetime],
) -> Iterator[Change]:
    """The ledger's rows of one commit; ``since`` is told when what is served now came."""
    for step in _pbins(commit):
        entry = served.get(step.path)
        content = past.contents.get(step.after or step.before)
        if content is None or (entry is None and step.path in past.head):
            continue
        row = read_arrival(publication.repository, step.path, content)
        if not isinstance(row, Pbin):
            continue
        if entry and step.after and sha256(content).hexdigest() == entry.pbin.digest:
            row = entry.pbin
            if past.head.get(step.path) == step.after:
                since[row.pk] = publication.created_at
        yield change_of(publication, row, _kind(step))


def _kind(step: FileStep) -> ChangeKind:
    if not step.after:
        return ChangeKind.REMOVED
    return ChangeKind.REPLACED if step.before else ChangeKind.ADDED


def _date(past: PastCommit) -> datetime:
    """The commit's own date, which may be anything, as far as it can be one."""
    now = timezone.now()
    try:
        said = datetime.fromtimestamp(past.when, UTC)
    except (OverflowError, ValueError, OSError):
        return now
    return min(max(said, _EARLIEST), now)


def _date_back(channel: Channel, since: Mapping[int, datetime]) -> None:
    by_date: dict[datetime, list[int]] = defaultdict(list)
    for pk, date in since.items():
        by_date[date].append(pk)
    for date, keys in by_date.items():
        for part in in_parts(keys):
            entries = channel.entries.filter(pbin__in=part)
            entries.filter(since__gt=date).update(since=date)
