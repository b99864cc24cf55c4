"""``manage.py set``: stored lists of package specs."""

from argparse import Namespace
from dataclasses import asdict

from django.core.management.base import CommandParser

from pbins.api.fleet_shapes import package_set_shape
from pbins.management.door import Outcome, add_act
from pbins.management.files import text_of
from pbins.management.finding import package_set_named, repository_named
from pbins.management.waiting import RunCommand, add_wait
from pbins.models import PackageSet
from pbins.paludis.sets import spec_and_comment
from pbins.services.errors import Refused
from pbins.services.package_sets import Line, checked_lines, save_set
from pbins.services.set_deploying import deploy_set, end_deployment, queue_spreading


class Command(RunCommand):
    help = "Package sets: add, list, show, edit, check, deploy."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        add = verbs.add_parser("add", help="store a list of package specs under a name")
        add.add_argument("name", metavar="NAME")
        add.add_argument("specs", metavar="SPEC", nargs="+", help="cat/pkg, cat/pkg:2, …")
        add.add_argument("--description", default="")
        add_act(add, self.add)
        add_act(verbs.add_parser("list", help="list all package sets"), self.list_all)
        show = verbs.add_parser("show", help="its text, with comments")
        show.add_argument("name", metavar="NAME")
        add_act(show, self.show)
        _add_arguments_of_edit(verbs.add_parser("edit", help="change its packages"), self)
        check = verbs.add_parser("check", help="tell what is wrong or odd about its lines")
        check.add_argument("name", metavar="NAME")
        add_act(check, self.check_lines)
        deploy = verbs.add_parser("deploy", help="make it a set of Paludis on consumers")
        deploy.add_argument("name", metavar="NAME")
        deploy.add_argument("repository", metavar="REPOSITORY", help="whose consumers")
        deploy.add_argument("--end", action="store_true", help="take it from them again")
        add_wait(deploy)
        add_act(deploy, self.deploy)

    def add(self, chosen: Namespace) -> Outcome:
        package_set = PackageSet(
            name=chosen.name, specs="\n".join(chosen.specs), description=chosen.description
        )
        package_set.full_clean()
        save_set(package_set=package_set, by=None)
        lines = [f"{package_set.name} is added, {_count(package_set)}"]
        self.answer(chosen, {"set": package_set_shape(package_set)}, lines)
        self._warn(package_set)
        return Outcome.WORKED

    def list_all(self, chosen: Namespace) -> Outcome:
        sets = list(PackageSet.objects.all())
        lines = [f"{one.name:<20} {_count(one):<12} {' '.join(one.spec_list)}" for one in sets]
        shapes = [package_set_shape(one) for one in sets]
        self.answer(chosen, shapes, lines or ["There are no package sets yet."])
        return Outcome.WORKED

    def show(self, chosen: Namespace) -> Outcome:
        package_set = package_set_named(chosen.name)
        deployed = list(package_set.deployments.values_list("repository__name", flat=True))
        shape = package_set_shape(package_set) | {
            "text": package_set.specs,
            "deployed": deployed,
        }
        self.answer(chosen, shape, package_set.specs.splitlines())
        return Outcome.WORKED

    def edit(self, chosen: Namespace) -> Outcome:
        package_set = package_set_named(chosen.name)
        if chosen.file:
            package_set.specs = text_of(chosen.file)
        package_set.specs = _edited(package_set, chosen.remove, chosen.add)
        if chosen.description is not None:
            package_set.description = chosen.description
        package_set.full_clean()
        save_set(package_set=package_set, by=None)
        lines = [f"{package_set.name} is saved, {_count(package_set)}"]
        self.answer(chosen, {"set": package_set_shape(package_set)}, lines)
        self._warn(package_set)
        return Outcome.WORKED

    def check_lines(self, chosen: Namespace) -> Outcome:
        found = checked_lines(package_set_named(chosen.name).specs)
        odd = [line for line in found if line.error or line.warning]
        shapes = [asdict(line) for line in odd]
        self.answer(chosen, shapes, [_said(line) for line in odd] or ["Every package is known."])
        return Outcome.FAILED if odd else Outcome.WORKED

    def deploy(self, chosen: Namespace) -> Outcome:
        package_set = package_set_named(chosen.name)
        repository = repository_named(chosen.repository)
        if chosen.end:
            end_deployment(package_set=package_set, repository=repository)
        else:
            deploy_set(package_set=package_set, repository=repository, by=None)
        rollout = queue_spreading(repository=repository, by=None)
        runs = list(rollout.runs.select_related("host", "repository").order_by("pk"))
        return self.begin(chosen, runs)

    def _warn(self, package_set: PackageSet) -> None:
        for line in checked_lines(package_set.specs):
            if line.warning:
                self.complain(_said(line))


def _add_arguments_of_edit(edit: CommandParser, command: Command) -> None:
    edit.add_argument("name", metavar="NAME")
    edit.add_argument("--add", action="append", default=[], metavar="SPEC")
    edit.add_argument("--remove", action="append", default=[], metavar="SPEC")
    edit.add_argument("--file", metavar="FILE", help="take the whole text from it; - is stdin")
    edit.add_argument("--description")
    add_act(edit, command.edit)


def _edited(package_set: PackageSet, removed: list[str], added: list[str]) -> str:
    """Its text with specs taken out and put at the end. Raises Refused for one it doesn't hold."""
    absent = [spec for spec in removed if spec not in package_set.spec_list]
    if absent:
        raise Refused(f"{package_set.name} does not hold {', '.join(absent)}.")
    lines = [
        line for line in package_set.specs.splitlines() if spec_and_comment(line)[0] not in removed
    ]
    return "\n".join([*lines, *(spec for spec in added if spec not in package_set.spec_list)])


def _said(line: Line) -> str:
    near = f"; did you mean {', '.join(line.near)}?" if line.near else ""
    return f"line {line.number}: {line.spec}: {line.error or line.warning}{near}"


def _count(package_set: PackageSet) -> str:
    number = len(package_set.spec_list)
    return "1 spec" if number == 1 else f"{number} specs"
