"""``manage.py remote``: git repositories elsewhere that a repository is pushed to."""

from argparse import Namespace
from collections.abc import Iterable, Iterator

from django.core.management.base import CommandParser

from pbins.api.shapes import Shape
from pbins.management.outlet_acts import OutletCommand, chosen_credential, secret_from
from pbins.management.outlet_texts import remote_lines, remote_shape
from pbins.models import Remote, Repository
from pbins.services.remotes import add_remote, push_remote, remote_url
from pbins.storage.outside_url import OutsideUrl


class Command(OutletCommand[Remote]):
    help = "Git remotes of a repository: list, add, trust, push, remove."
    noun = "remote"
    visiting = "push"
    place = "URL"

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="overwrite what others push there")

    def made(self, chosen: Namespace, repository: Repository) -> Remote:
        return add_remote(
            repository=repository,
            url=chosen.place,
            credential=chosen_credential(chosen),
            username=chosen.username,
            secret=secret_from(chosen),
            is_forced=chosen.force,
        )

    def places_of(self, repository: Repository) -> Iterable[Remote]:
        return repository.remotes.all()

    def url_of(self, place: Remote) -> OutsideUrl:
        return remote_url(place)

    def visit(self, place: Remote) -> None:
        push_remote(place)

    def shape(self, place: Remote) -> Shape:
        return remote_shape(place)

    def lines(self, shape: Shape) -> Iterator[str]:
        return remote_lines(shape)
