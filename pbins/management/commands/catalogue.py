"""``manage.py catalogue import``: take over a binary repository that exists already."""

from argparse import Namespace
from pathlib import Path

from django.core.management.base import CommandParser

from pbins.management.door import DoorCommand, Outcome, add_act
from pbins.management.finding import repository_named
from pbins.services.imports import import_catalogue


class Command(DoorCommand):
    help = "The catalogue: import what an existing binary repository holds."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        taking = verbs.add_parser("import", help="import pbins, and tarballs where they are")
        taking.add_argument("repository", metavar="REPOSITORY")
        taking.add_argument("path", metavar="PATH", type=Path, help="its directory, or a .tar.xz")
        taking.add_argument(
            "--distfiles", metavar="DIR", type=Path, help="the directory of its tarballs"
        )
        add_act(taking, self.take)

    def take(self, chosen: Namespace) -> Outcome:
        report = import_catalogue(
            repository=repository_named(chosen.repository),
            directory=chosen.path,
            distfiles=chosen.distfiles,
        )
        left_out = report.found - report.published - report.withheld
        shape = {
            "found": report.found,
            "published": report.published,
            "withheld": report.withheld,
            "problems": list(report.problems),
        }
        counts = f"{report.published} published, {report.withheld} withheld, {left_out} left out"
        lines = [f"{report.found} pbins found: {counts}", *report.problems]
        self.answer(chosen, shape, lines)
        return Outcome.WORKED if report.found and not left_out else Outcome.FAILED
