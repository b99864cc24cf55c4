"""``manage.py trash``: what cleaning threw away, and how to have it back."""

from argparse import Namespace
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.core.management.base import CommandParser
from django.utils.timezone import localtime

from pbins.management.door import DoorCommand, Outcome, add_act
from pbins.management.finding import repository_named
from pbins.models import Tarball
from pbins.services.errors import Refused
from pbins.services.trashing import awaited_hosts, late_hosts, restore


class Command(DoorCommand):
    help = "The trash of a repository: list, restore."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        listing = verbs.add_parser("list", help="list what can be put back")
        listing.add_argument("repository", metavar="REPOSITORY")
        add_act(listing, self.list_all)
        back = verbs.add_parser("restore", help="put tarballs back among the distfiles")
        back.add_argument("repository", metavar="REPOSITORY")
        back.add_argument("names", metavar="TARBALL", nargs="*")
        back.add_argument("--all", action="store_true", help="everything in the trash")
        add_act(back, self.restore)

    def list_all(self, chosen: Namespace) -> Outcome:
        repository = repository_named(chosen.repository)
        rows = list(repository.tarballs.trashed())
        lines = [_line(row) for row in rows] or [f"The trash of {repository.name} is empty."]
        awaited, late = awaited_hosts(repository), late_hosts(repository)
        shape = {
            "days": repository.trash_days,
            "awaited": awaited,
            "late": [name for name, _ in late],
            "tarballs": [_shape(row) for row in rows],
        }
        self.answer(chosen, shape, [*lines, *_late_lines(late, len(awaited))])
        return Outcome.WORKED

    def restore(self, chosen: Namespace) -> Outcome:
        repository = repository_named(chosen.repository)
        if bool(chosen.names) == chosen.all:
            raise Refused("Name tarballs, or say --all: one of the two.")
        done = restore(repository=repository, names=None if chosen.all else chosen.names)
        lines = [f"{row.name} is back" for row in done.rows]
        lines += [f"{name} stays in the trash: {why}" for name, why in done.left.items()]
        shape = {"restored": [row.name for row in done.rows], "left": dict(done.left)}
        self.answer(chosen, shape, lines or ["There was nothing in the trash."])
        return Outcome.FAILED if done.left else Outcome.WORKED


def _line(row: Tarball) -> str:
    when = localtime(row.trashed_at).strftime("%Y-%m-%d %H:%M")
    return f"{when}  {row.size or 0:>14}  {row.name}  {row.trashed_because}"


def _late_lines(late: Sequence[tuple[str, datetime]], awaited: int) -> Iterator[str]:
    if not late:
        return
    name, at = late[0]
    when = localtime(at).strftime("%Y-%m-%d %H:%M")
    yield (
        f"{len(late)} of {awaited} hosts that follow it have not synced since the latest was thrown"
        f" away ({name} not since {when}); nothing is deleted that one of them may still ask for."
    )
    yield "One that is gone for good is waited for no longer once it is drained, no consumer any"
    yield f"more, or removed: manage.py host drain {name}"


def _shape(row: Tarball) -> dict[str, object]:
    return {
        "name": row.name,
        "bytes": row.size,
        "trashed_at": row.trashed_at,
        "because": row.trashed_because,
    }
