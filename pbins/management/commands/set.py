"""``manage.py set``: stored lists of package specs."""

from argparse import Namespace

from django.core.management.base import CommandParser

from pbins.api.fleet_shapes import package_set_shape
from pbins.management.door import DoorCommand, Outcome, add_act
from pbins.models import PackageSet


class Command(DoorCommand):
    help = "Package sets: add, list."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        add = verbs.add_parser("add", help="store a list of package specs under a name")
        add.add_argument("name", metavar="NAME")
        add.add_argument("specs", metavar="SPEC", nargs="+", help="cat/pkg, cat/pkg:2, …")
        add.add_argument("--description", default="")
        add_act(add, self.add)
        add_act(verbs.add_parser("list", help="list all package sets"), self.list_all)

    def add(self, chosen: Namespace) -> Outcome:
        package_set = PackageSet(
            name=chosen.name, specs="\n".join(chosen.specs), description=chosen.description
        )
        package_set.full_clean()
        package_set.save()
        lines = [f"{package_set.name} is added, {_count(package_set)}"]
        self.answer(chosen, {"set": package_set_shape(package_set)}, lines)
        return Outcome.WORKED

    def list_all(self, chosen: Namespace) -> Outcome:
        sets = list(PackageSet.objects.all())
        lines = [f"{one.name:<20} {_count(one):<12} {' '.join(one.spec_list)}" for one in sets]
        shapes = [package_set_shape(one) for one in sets]
        self.answer(chosen, shapes, lines or ["There are no package sets yet."])
        return Outcome.WORKED


def _count(package_set: PackageSet) -> str:
    number = len(package_set.spec_list)
    return "1 spec" if number == 1 else f"{number} specs"
