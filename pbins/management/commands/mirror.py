"""``manage.py mirror``: places elsewhere that a repository's tarballs are copied to."""

from argparse import Namespace
from collections.abc import Iterable, Iterator

from django.core.management.base import CommandParser

from pbins.api.shapes import Shape
from pbins.management.outlet_acts import OutletCommand, chosen_credential, secret_from
from pbins.management.outlet_texts import mirror_lines, mirror_shape
from pbins.models import Mirror, MirrorKind, Repository
from pbins.services.mirroring import visit_mirror
from pbins.services.mirrors import add_mirror, target_url
from pbins.storage.outside_url import OutsideUrl

A_DAY = 86400.0


class Command(OutletCommand[Mirror]):
    help = "Mirrors of a repository's tarballs: list, add, trust, sync, remove."
    noun = "mirror"
    visiting = "sync"
    place = "TARGET"

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("public_url", metavar="ADDRESS", help="where hosts download from")
        parser.add_argument("--kind", choices=MirrorKind.values, help="default: as TARGET looks")
        parser.add_argument("--region", default="", help="of S3")

    def made(self, chosen: Namespace, repository: Repository) -> Mirror:
        is_web = chosen.place.startswith(("http://", "https://"))
        return add_mirror(
            repository=repository,
            kind=MirrorKind(chosen.kind or (MirrorKind.S3 if is_web else MirrorKind.RSYNC)),
            target=chosen.place,
            public_url=chosen.public_url,
            region=chosen.region,
            credential=chosen_credential(chosen),
            username=chosen.username,
            secret=secret_from(chosen),
        )

    def places_of(self, repository: Repository) -> Iterable[Mirror]:
        return repository.mirrors.all()

    def url_of(self, place: Mirror) -> OutsideUrl:
        return target_url(place)

    def visit(self, place: Mirror) -> None:
        visit_mirror(place, slice_seconds=A_DAY)

    def shape(self, place: Mirror) -> Shape:
        return mirror_shape(place)

    def lines(self, shape: Shape) -> Iterator[str]:
        return mirror_lines(shape)
