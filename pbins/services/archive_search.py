"""Searching in the logs of all runs, the newest first: in bounded stretches, one after another."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pbins.models import Repository, Run
from pbins.services.errors import Refused
from pbins.services.log_search import Hit, search_forward
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


@dataclass(frozen=True, slots=True)
class FoundInRun:
    """The first hits in the log of one run; ``has_more``: there may be others."""

    run: Run
    hits: tuple[Hit, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class FoundInLogs:
    """What was found before enough was found or the time was over; None: nothing is left."""

    runs: tuple[FoundInRun, ...]
    goes_on: Place | None


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
    deadline = time.monotonic() + seconds
    found: list[FoundInRun] = []
    offset = place.offset if place else 0
    for run in _runs(repository, since, place):
        left = deadline - time.monotonic()
        if left <= 0 or len(found) == most_runs:
            return FoundInLogs(tuple(found), Place(run.pk, offset))
        in_log = search_forward(
            partial(read_log, run),
            text,
            start=offset,
            end=log_size(run),
            most=HITS_EACH,
            seconds=left,
        )
        is_full = len(in_log.hits) == HITS_EACH
        if in_log.hits:
            found.append(FoundInRun(run, in_log.hits, is_full and in_log.goes_on is not None))
        if in_log.goes_on is not None and not is_full:
            return FoundInLogs(tuple(found), Place(run.pk, in_log.goes_on))
        offset = 0
    return FoundInLogs(tuple(found), None)


def _runs(
    repository: Repository | None, since: datetime | None, place: Place | None
) -> Iterator[Run]:
    runs = Run.objects.select_related("host", "repository", "package_set").order_by("-pk")
    if repository is not None:
        runs = runs.filter(repository=repository)
    if since is not None:
        runs = runs.filter(created_at__gte=since)
    if place is not None:
        runs = runs.filter(pk__lte=place.run)
    return runs.iterator(chunk_size=200)
