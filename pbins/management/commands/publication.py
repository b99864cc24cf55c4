"""``manage.py publication``: what was published, when, by whom, and what it changed."""

from argparse import Namespace
from collections.abc import Iterator

from django.core.management.base import CommandParser
from django.utils.timezone import localtime

from pbins.api.publication_shapes import publication_shape
from pbins.api.shapes import change_shape
from pbins.management.channel_texts import SIGNS, publication_line, with_counts
from pbins.management.door import DoorCommand, Outcome, add_act
from pbins.management.finding import publication_numbered, repository_named
from pbins.models import Change, ChangeKind, Publication, PublicationState

LATEST = 50


class Command(DoorCommand):
    help = "Publications: list, show."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        listing = verbs.add_parser("list", help="the latest publications of a repository")
        listing.add_argument("repository", metavar="REPOSITORY")
        listing.add_argument("--channel", default="", metavar="CHANNEL")
        listing.add_argument("--most", type=int, default=LATEST, metavar="N", help="default: 50")
        add_act(listing, self.list_latest)
        show = verbs.add_parser("show", help="one publication and what it changed")
        show.add_argument("publication", metavar="PUBLICATION", type=int)
        add_act(show, self.show)

    def list_latest(self, chosen: Namespace) -> Outcome:
        repository = repository_named(chosen.repository)
        found = repository.publications.filter(state=PublicationState.PUBLISHED)
        if chosen.channel:
            found = found.filter(channel__name=chosen.channel)
        latest = with_counts(found).select_related("repository", "channel", "asked_by")
        rows = [
            (publication, {kind.value: getattr(publication, kind.value) for kind in ChangeKind})
            for publication in latest.order_by("-pk")[: max(chosen.most, 0)]
        ]
        shapes = [publication_shape(publication) | counts for publication, counts in rows]
        lines = [publication_line(publication, counts) for publication, counts in rows]
        self.answer(chosen, shapes, lines or ["Nothing was published yet."])
        return Outcome.WORKED

    def show(self, chosen: Namespace) -> Outcome:
        publication = publication_numbered(chosen.publication)
        rows = publication.changes.select_related("channel__repository", "publication")
        changes = list(rows.order_by("name", "pk"))
        shape = publication_shape(publication) | {"changes": list(map(change_shape, changes))}
        self.answer(chosen, shape, _lines(publication, changes))
        return Outcome.WORKED


def _lines(publication: Publication, changes: list[Change]) -> Iterator[str]:
    at = localtime(publication.created_at).strftime("%Y-%m-%d %H:%M:%S")
    yield f"publication {publication.pk} of {publication.channel}, {at}"
    yield f"commit {publication.commit}"
    if publication.run is not None:
        yield f"run {publication.run.pk}"
    if publication.asked_by is not None:
        yield f"asked for by {publication.asked_by}"
    yield publication.message.partition("\n")[0]
    for change in changes:
        yield f"{SIGNS[ChangeKind(change.kind)]} {change.name}-{change.version}"
