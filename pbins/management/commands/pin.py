"""``manage.py pin``: versions that are kept, whatever the policy says."""

from argparse import Namespace

from django.core.management.base import CommandParser

from pbins.management.door import DoorCommand, Outcome, add_act
from pbins.management.finding import repository_named
from pbins.services.pinning import pin_version, unpin_version


class Command(DoorCommand):
    help = "Pinned versions of a repository: add, remove, list."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        add = verbs.add_parser("add", help="keep a version")
        add.add_argument("repository", metavar="REPOSITORY")
        add.add_argument("version", metavar="CAT/PKG-VERSION")
        add.add_argument("--reason", default="")
        add_act(add, self.add)
        remove = verbs.add_parser("remove", help="let the policy decide again")
        remove.add_argument("repository", metavar="REPOSITORY")
        remove.add_argument("version", metavar="CAT/PKG-VERSION")
        add_act(remove, self.remove)
        listing = verbs.add_parser("list", help="list what is pinned")
        listing.add_argument("repository", metavar="REPOSITORY")
        add_act(listing, self.list_all)

    def add(self, chosen: Namespace) -> Outcome:
        pin = pin_version(
            repository=repository_named(chosen.repository),
            version=chosen.version,
            reason=chosen.reason,
        )
        self.answer(chosen, {"pinned": str(pin)}, [f"{pin} is kept"])
        return Outcome.WORKED

    def remove(self, chosen: Namespace) -> Outcome:
        unpin_version(repository=repository_named(chosen.repository), version=chosen.version)
        self.answer(chosen, {"unpinned": chosen.version}, [f"{chosen.version} is not pinned now"])
        return Outcome.WORKED

    def list_all(self, chosen: Namespace) -> Outcome:
        repository = repository_named(chosen.repository)
        pins = list(repository.pins.select_related("pinned_by"))
        shape = [
            {
                "name": pin.name,
                "version": pin.version,
                "reason": pin.reason,
                "by": str(pin.pinned_by or ""),
                "at": pin.pinned_at,
            }
            for pin in pins
        ]
        lines = [f"{pin}  {pin.reason}".rstrip() for pin in pins]
        self.answer(chosen, shape, lines or [f"Nothing is pinned in {repository.name}."])
        return Outcome.WORKED
