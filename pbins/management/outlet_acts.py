"""What the commands for remotes and mirrors do alike; they differ in what is added."""

from abc import ABC, abstractmethod
from argparse import Namespace
from collections.abc import Iterable, Iterator
from typing import ClassVar, Generic, TypeVar

from django.core.management.base import CommandParser

from pbins.api.shapes import Shape
from pbins.management.door import DoorCommand, Outcome, add_act
from pbins.management.files import text_of
from pbins.management.finding import repository_named
from pbins.models import Credential, Mirror, Remote, Repository
from pbins.services.credentials import portal_credential
from pbins.services.errors import Refused
from pbins.services.outlets import trust_place
from pbins.storage.outside_url import OutsideUrl

Place = TypeVar("Place", Remote, Mirror)


class OutletCommand(DoorCommand, ABC, Generic[Place]):
    """``PLACE`` is what names one: a remote's address, the target of a mirror."""

    noun: ClassVar[str]
    visiting: ClassVar[str]
    place: ClassVar[str]

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        add = _verb(verbs.add_parser("add", help="deliver there from now on"))
        add.add_argument("place", metavar=self.place)
        self.add_options(add)
        _add_login(add)
        add_act(add, self.add)
        listing = _verb(verbs.add_parser("list", help="list them, and what is there"))
        add_act(listing, self.list_all)
        trust = _verb(verbs.add_parser("trust", help="trust the SSH host with this key"))
        trust.add_argument("place", metavar=self.place)
        trust.add_argument("fingerprint", metavar="FINGERPRINT")
        add_act(trust, self.trust)
        visit = _verb(verbs.add_parser(self.visiting, help="do it now, and tell how it went"))
        visit.add_argument("place", metavar=self.place, nargs="?", help="default: all that are on")
        add_act(visit, self.visit_now)
        remove = _verb(verbs.add_parser("remove", help="deliver there no more"))
        remove.add_argument("place", metavar=self.place)
        add_act(remove, self.remove)

    @abstractmethod
    def add_options(self, parser: CommandParser) -> None:
        """What only this kind of place has."""

    @abstractmethod
    def made(self, chosen: Namespace, repository: Repository) -> Place:
        """The place that was asked for, stored."""

    @abstractmethod
    def places_of(self, repository: Repository) -> Iterable[Place]: ...

    @abstractmethod
    def url_of(self, place: Place) -> OutsideUrl: ...

    @abstractmethod
    def visit(self, place: Place) -> None: ...

    @abstractmethod
    def shape(self, place: Place) -> Shape: ...

    @abstractmethod
    def lines(self, shape: Shape) -> Iterator[str]: ...

    def add(self, chosen: Namespace) -> Outcome:
        place = self.made(chosen, repository_named(chosen.repository))
        if chosen.trust:
            trust_place(outlet=place, url=self.url_of(place), fingerprint=chosen.trust)
        return self._tell(chosen, [place])

    def list_all(self, chosen: Namespace) -> Outcome:
        return self._tell(chosen, self.places_of(repository_named(chosen.repository)))

    def trust(self, chosen: Namespace) -> Outcome:
        place = self._named(chosen)
        trust_place(outlet=place, url=self.url_of(place), fingerprint=chosen.fingerprint)
        return self._tell(chosen, [place])

    def visit_now(self, chosen: Namespace) -> Outcome:
        every = self.places_of(repository_named(chosen.repository))
        places = [self._named(chosen)] if chosen.place else [one for one in every if one.is_enabled]
        for place in places:
            self.visit(place)
            place.refresh_from_db()
        self._tell(chosen, places)
        return Outcome.FAILED if any(place.error for place in places) else Outcome.WORKED

    def remove(self, chosen: Namespace) -> Outcome:
        self._named(chosen).delete()
        lines = [f"Nothing is delivered to {chosen.place} any more; what is there stays."]
        self.answer(chosen, {"removed": chosen.place}, lines)
        return Outcome.WORKED

    def _tell(self, chosen: Namespace, places: Iterable[Place]) -> Outcome:
        shapes = [self.shape(place) for place in places]
        lines = [line for shape in shapes for line in self.lines(shape)]
        self.answer(chosen, shapes, lines or [f"{chosen.repository} has no {self.noun}."])
        return Outcome.WORKED

    def _named(self, chosen: Namespace) -> Place:
        for place in self.places_of(repository_named(chosen.repository)):
            if self.url_of(place).text == chosen.place:
                return place
        raise Refused(
            f"{chosen.repository} has no {self.noun} {chosen.place};"
            f" manage.py {self.noun} list {chosen.repository} shows them."
        )


def secret_from(chosen: Namespace) -> str:
    """Never from the command line itself, which everybody on the machine can read."""
    return text_of(chosen.secret_file).strip() if chosen.secret_file is not None else ""


def chosen_credential(chosen: Namespace) -> Credential | None:
    if chosen.ssh_key is None:
        portal_credential()  # made now, so that its public half can be put where it is needed
        return None
    found = Credential.objects.filter(name=chosen.ssh_key).first()
    if found is None:
        names = ", ".join(Credential.objects.values_list("name", flat=True))
        raise Refused(f"There is no SSH key {chosen.ssh_key}. Known: {names}.")
    return found


def _verb(parser: CommandParser) -> CommandParser:
    parser.add_argument("repository", metavar="REPOSITORY")
    return parser


def _add_login(parser: CommandParser) -> None:
    parser.add_argument("--username", default="", help="for HTTP, rsync daemons and S3")
    parser.add_argument(
        "--secret-file",
        metavar="FILE",
        help="a file with the password, token or secret key; - reads it from standard input",
    )
    parser.add_argument("--ssh-key", metavar="NAME", help="a stored SSH key; else the portal's own")
    parser.add_argument("--trust", metavar="FINGERPRINT", help="trust the SSH host with this key")
