"""Searching in the logs of all runs, the newest first: in bounded stretches, one after another."""

import re
import time
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db.models import Count, Q, QuerySet

from pbins.models import Repository, Run
from pbins.services.errors import Refused
from pbins.services.log_search import Found, Hit, search_forward
from pbins.services.logs import log_size, read_log

HITS_EACH = 3
MOST_SECONDS = 4.0
SHORTEST_WISH = 2


@dataclass(frozen=True, slots=True)
class Place:
    """Where a search goes on: at a byte of the log of a run, and then in older ones."""

    run: int
    offset: int = 0

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        match = re.fullmatch(r"(\d{1,15}):(\d{1,15})", text, re.ASCII)
        return cls(int(match[1]), int(match[2])) if match else None

    def __str__(self) -> str:
        return f"{self.run}:{self.offset}"


NEWEST = Place(2**63 - 1)


@dataclass(frozen=True, slots=True)
class FoundInRun:
    """The first hits in the log of one run; ``has_more``: there may be others."""

    run: Run
    hits: tuple[Hit, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class FoundInLogs:
    """What was found before enough was found or the time was over; None: nothing is left.

    ``searched`` of the ``runs_in_all`` have had their logs searched to the end, from the newest on.
    """

    runs: tuple[FoundInRun, ...]
    goes_on: Place | None
    searched: int
    runs_in_all: int


def search_logs(
    text: str,
    *,
    repository: Repository | None = None,
    since: datetime | None = None,
    place: Place | None = None,
    most_runs: int = 20,
    seconds: float = MOST_SECONDS,
) -> FoundInLogs:
    """One stretch of the search. Raises Refused for a text that every log holds."""
    text = text.strip("\r\n")
    if len(text) < SHORTEST_WISH:
        raise Refused("Give at least two characters to search for.")
    runs = _runs(repository, since)
    logs, goes_on = _search(runs, text, place or NEWEST, most_runs, time.monotonic() + seconds)
    is_left = Q(pk__lte=goes_on.run if goes_on else 0)
    counts = runs.aggregate(in_all=Count("pk"), left=Count("pk", filter=is_left))
    known = runs.select_related("host", "repository", "package_set").in_bulk(list(logs))
    return FoundInLogs(
        tuple(_in_run(known[key], found) for key, found in logs.items() if key in known),
        goes_on,
        counts["in_all"] - counts["left"],
        counts["in_all"],
    )


def _search(
    runs: QuerySet[Run], text: str, place: Place, most_runs: int, deadline: float
) -> tuple[dict[int, Found], Place | None]:
    """What was found by the run's key, and where it goes on; one log is looked into at least."""
    found: dict[int, Found] = {}
    offset, is_over = place.offset, most_runs < 1
    older = runs.filter(pk__lte=place.run).order_by("-pk").only("uuid")
    for run in older.iterator(chunk_size=200):
        if is_over or len(found) == most_runs:
            return found, Place(run.pk, offset)
        in_log = search_forward(
            partial(read_log, run),
            text,
            start=offset,
            end=log_size(run),
            most=HITS_EACH,
            seconds=deadline - time.monotonic(),
        )
        if in_log.hits:
            found[run.pk] = in_log
        if in_log.goes_on is not None and not _is_full(in_log):
            return found, Place(run.pk, in_log.goes_on)
        offset, is_over = 0, time.monotonic() >= deadline
    return found, None


def _in_run(run: Run, found: Found) -> FoundInRun:
    return FoundInRun(run, found.hits, _is_full(found) and found.goes_on is not None)


def _is_full(found: Found) -> bool:
    return len(found.hits) == HITS_EACH


def _runs(repository: Repository | None, since: datetime | None) -> QuerySet[Run]:
    runs = Run.objects.all()
    if repository is not None:
        runs = runs.filter(repository=repository)
    return runs if since is None else runs.filter(created_at__gte=since)
