"""What feeds tell, read from the ledger. A large publication is told in one piece."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from pbins.models import Change, ChangeKind, Entry, PublicationKind

MOST_AT_ONCE = 25
"""Versions of one publication that are told one by one."""

NAMED = 50
"""Versions that are named where many are told in one piece."""

BROUGHT = (ChangeKind.ADDED, ChangeKind.REPLACED)
IN_ONE_PIECE = frozenset((PublicationKind.BEGIN, PublicationKind.ROLLBACK))

Changes = QuerySet[Change]


@dataclass(frozen=True, slots=True)
class News:
    """A change to tell. ``before``: the version of the slot that the channel got before, if any.

    ``entry`` is there as long as the channel holds the version. ``among`` are the first changes of
    the publication when ``change`` stands for all of them.
    """

    change: Change
    before: str
    entry: Entry | None
    among: tuple[Change, ...]

    @property
    def unnamed(self) -> int:
        return (self.change.news or 0) - len(self.among)


def mark_news(changes: Collection[Change], kind: str) -> Collection[Change]:
    """Decide which rows of one publication feeds tell of, before they are written."""
    brought = [change for change in changes if change.kind != ChangeKind.REMOVED]
    in_one_piece = kind in IN_ONE_PIECE or len(brought) > MOST_AT_ONCE
    for change in changes:
        change.news = None
    for change in brought[:1] if in_one_piece else brought:
        change.news = len(brought) if in_one_piece else 1
    return changes


def news() -> Changes:
    """What everybody is told, of all repositories."""
    return Change.objects.filter(news__isnull=False)


def brought() -> Changes:
    """Every version that came, however many came with it."""
    return Change.objects.filter(kind__in=BROUGHT)


def tell(changes: Changes, *, in_one_piece: bool) -> list[News]:
    """The rows of one page with what belongs to them: four queries, however many they are."""
    # By their keys: what came before is not looked up for rows that are sorted and left out.
    page = list(changes.values_list("pk", flat=True))
    told = list(_with_all(Change.objects.filter(pk__in=page).order_by("-pk")))
    held = Entry.objects.filter(pbin__in=[change.pbin_id for change in told])
    entries = {
        (entry.channel_id, entry.pbin_id): entry
        for entry in held.select_related("channel__repository")
    }
    named = _named(told) if in_one_piece else {}
    return [
        News(
            change,
            getattr(change, "before", None) or "",
            entries.get((change.channel_id, change.pbin_id or 0)),
            tuple(named.get(change.publication_id, ())),
        )
        for change in told
    ]


def _with_all(changes: Changes) -> Changes:
    earlier = Change.objects.filter(
        name=OuterRef("name"),
        channel=OuterRef("channel"),
        slot=OuterRef("slot"),
        kind__in=BROUGHT,
        publication__lt=OuterRef("publication"),
    )
    before = Subquery(earlier.order_by("-pk").values("version")[:1])
    found = changes.annotate(before=before)
    found = found.select_related("channel__repository", "publication", "pbin__tarball")
    return found.defer("pbin__text", "publication__intent")


def _named(told: Sequence[Change]) -> dict[int, list[Change]]:
    """The first changes of the publications that are told in one piece, in one query."""
    large = [change for change in told if (change.news or 0) > 1]
    if not large:
        return {}
    # They are written one after the other, beginning with the one that stands for them.
    nearby = (
        Q(publication=change.publication_id, pk__range=(change.pk, change.pk + NAMED - 1))
        for change in large
    )
    named: dict[int, list[Change]] = {change.publication_id: [] for change in large}
    for change in brought().filter(reduce(or_, nearby)).order_by(F("pk")):
        named[change.publication_id].append(change)
    return named
