"""``manage.py gc REPOSITORY``: clean it by its policy; ``--dry-run`` only tells what would go."""

from argparse import Namespace

from django.core.management.base import CommandParser

from pbins.management.door import DoorCommand, Outcome, add_act
from pbins.management.finding import repository_named
from pbins.models import Repository
from pbins.services.cleaning import Cleaning, clean, plan_cleaning
from pbins.web.wording import size_in_words


class Command(DoorCommand):
    help = "Move what nobody needs any more into the trash, by the repository's policy."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("repository", metavar="REPOSITORY")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would go")
        add_act(parser, self.clean)

    def clean(self, chosen: Namespace) -> Outcome:
        repository = repository_named(chosen.repository)
        if chosen.dry_run:
            cleaning = plan_cleaning(repository=repository)
        else:
            cleaning = clean(repository=repository)
        shape = {
            "dry_run": chosen.dry_run,
            "bytes": cleaning.size,
            "leaving": [
                {"channel": entry.channel.name, "name": entry.name, "version": entry.version}
                for entry in cleaning.leaving
            ],
            "tarballs": [
                {"name": one.name, "bytes": one.size, "why": one.why} for one in cleaning.tarballs
            ],
            "publications": [publication.pk for publication in cleaning.publications],
        }
        self.answer(chosen, shape, _lines(repository, cleaning, dry_run=chosen.dry_run))
        return Outcome.WORKED


def _lines(repository: Repository, cleaning: Cleaning, *, dry_run: bool) -> list[str]:
    leaves, goes = ("would leave", "would go") if dry_run else ("left", "went")
    lines = [
        f"{entry.name}-{entry.version} {leaves} {entry.channel.name}" for entry in cleaning.leaving
    ]
    lines += [f"{one.size:>14}  {one.name}: {one.why}" for one in cleaning.tarballs]
    size = f"{cleaning.size} bytes ({size_in_words(cleaning.size)})"
    total = f"{len(cleaning.tarballs)} tarballs, {size} {goes} to the trash"
    undo = f"; undo with manage.py trash restore {repository.name} --all"
    return [*lines, total + (undo if cleaning.tarballs and not dry_run else "")]
