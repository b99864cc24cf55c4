"""Making the lists anew when something they depend on has changed, never during a visit."""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from pbins.models import (
    Channel,
    ListedVersion,
    ListKind,
    ListState,
    Publication,
    Run,
    SourceRepository,
)
from pbins.services.dependency_lines import Met
from pbins.services.list_builds import lagging, other_marches, slowest, unmet_sonames
from pbins.services.list_needs import count_needs, unmet_needs, unneeded
from pbins.services.listed import Listed

MOST = 5000
"""Rows that are kept of a list; how many there would be is told."""
WHOLE = {ListKind.LAGGING}
"""Lists of which all is kept: the catalogue is filtered by them."""
REST = 20
"""Making them takes at most so small a part of the time."""


def make_lists_if_due() -> bool:
    """Whether something had changed since they were made, and they were made anew."""
    made = list(ListState.objects.values_list("made_at", "seconds"))
    if made:
        oldest, took = min(at for at, _ in made), sum(seconds for _, seconds in made)
        changed = _changed_at()
        rested = timezone.now() - oldest > timedelta(seconds=REST * took)
        if changed is None or changed < oldest or not rested:
            return False
    make_lists()
    return True


def make_lists() -> None:
    """Every list, each replaced at once."""
    channels = list(Channel.objects.select_related("repository"))
    at, began = timezone.now(), time.monotonic()
    stocks = count_needs(channels)
    nowhere: list[Listed] = []
    elsewhere: list[Listed] = []
    for met, row in unmet_needs(stocks):
        (nowhere if met is Met.NOWHERE else elsewhere).append(row)
    took = _replace(ListKind.UNNEEDED, unneeded(stocks), at, began)
    took = _replace(ListKind.UNSATISFIED, nowhere, at, took)
    took = _replace(ListKind.SOURCE_ONLY, elsewhere, at, took)
    took = _replace(ListKind.SONAMES, unmet_sonames(channels), at, took)
    took = _replace(ListKind.MARCH, other_marches(channels), at, took)
    took = _replace(ListKind.LAGGING, lagging(channels), at, took)
    _replace(ListKind.SLOWEST, slowest(), at, took)


def _changed_at() -> datetime | None:
    """When something last changed that lists tell of; a microsecond counts."""
    moments = (
        Publication.objects.aggregate(at=Max("created_at"))["at"],
        SourceRepository.objects.aggregate(at=Max("read_at"))["at"],
        Run.objects.aggregate(at=Max("finished_at"))["at"],
    )
    return max((moment for moment in moments if moment is not None), default=None)


def _replace(kind: ListKind, rows: Iterable[Listed], at: datetime, began: float) -> float:
    """Put a list in the place of the one before; returns when that was done."""
    found = list(dict.fromkeys(rows))
    kept = found if kind in WHOLE else found[:MOST]
    with transaction.atomic():
        ListedVersion.objects.filter(kind=kind).delete()
        ListedVersion.objects.bulk_create(
            [_row(kind, number, one) for number, one in enumerate(kept)], batch_size=500
        )
        ended = time.monotonic()
        ListState.objects.update_or_create(
            kind=kind, defaults={"made_at": at, "count": len(found), "seconds": ended - began}
        )
    return ended


def _row(kind: ListKind, number: int, one: Listed) -> ListedVersion:
    category, _, package = one.name.partition("/")
    return ListedVersion(
        kind=kind,
        channel_id=one.channel,
        position=number,
        category=category,
        package=package,
        version=one.version,
        details=one.details,
        amount=one.amount,
    )
