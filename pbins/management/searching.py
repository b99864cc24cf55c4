"""``manage.py run search``: a text in the logs of all runs, the newest first."""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from pbins.api.run_shapes import run_shape
from pbins.api.shapes import Shape
from pbins.management.door import DoorCommand, Outcome
from pbins.management.finding import repository_named
from pbins.management.texts import run_line
from pbins.services.archive_search import FoundInRun, search_logs


def add_search(parser: ArgumentParser) -> None:
    parser.add_argument("text", metavar="TEXT", help="as it was printed, in either case")
    parser.add_argument("--repository", metavar="NAME")
    parser.add_argument("--since", type=int, metavar="DAYS", help="only runs that young")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="so many runs")


def search(command: DoorCommand, chosen: Namespace) -> Outcome:
    """Print runs as they are found; nothing found is no failure."""
    found = _found(chosen)
    if chosen.json:
        command.answer(chosen, [_shape(in_run) for in_run in found], ())
        return Outcome.WORKED
    is_found = False
    for in_run in found:
        is_found = True
        command.say(run_line(in_run.run))
        for hit in in_run.hits:
            command.say(f"    {hit.offset:>12}  {hit.line}")
        if in_run.has_more:
            command.say("    more of it in this log")
    if not is_found:
        command.say("Not found in the logs that are kept.")
    return Outcome.WORKED


def _found(chosen: Namespace) -> Iterator[FoundInRun]:
    """Stretch after stretch, until all is searched or enough is found."""
    repository = repository_named(chosen.repository) if chosen.repository is not None else None
    since = timezone.now() - timedelta(days=chosen.since) if chosen.since is not None else None
    place, left = None, max(chosen.limit, 0)
    while left:
        found = search_logs(
            chosen.text, repository=repository, since=since, place=place, most_runs=left
        )
        yield from found.runs
        left -= len(found.runs)
        place = found.goes_on
        if place is None:
            return


def _shape(in_run: FoundInRun) -> Shape:
    return run_shape(in_run.run) | {
        "hits": [{"offset": hit.offset, "line": hit.line} for hit in in_run.hits],
        "more": in_run.has_more,
    }
