"""``manage.py build``: make binary packages on a builder and publish them."""

from argparse import Namespace

from django.core.management.base import CommandParser

from pbins.management.door import Outcome, add_act
from pbins.management.finding import host_named, package_set_named, repository_named
from pbins.management.waiting import RunCommand, add_wait
from pbins.services.queueing import BuildChoices, queue_build


class Command(RunCommand):
    help = "Build package specs, a package set or world for a repository, and publish the result."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("repository", metavar="REPOSITORY")
        parser.add_argument("specs", metavar="SPEC", nargs="*", help="cat/pkg, cat/pkg:2, …")
        parser.add_argument("--set", metavar="NAME", help="all specs of this package set")
        parser.add_argument("--world", action="store_true", help="the builder's own world set")
        parser.add_argument("--host", metavar="H", help="which builder, if there are several")
        add_wait(parser)
        choices = parser.add_argument_group("choices")
        choices.add_argument(
            "--make-dependencies",
            choices=("all", "runtime", "none"),
            default="all",
            help="of which dependencies binaries are made as well (default: all)",
        )
        choices.add_argument("--stop-on-failure", action="store_true", help="at the first one")
        choices.add_argument("--rebuild", action="store_true", help="even what is there already")
        choices.add_argument("--one-binary-per-slot", action="store_true")
        choices.add_argument("--skip-tests", action="store_true")
        add_act(parser, self.build)

    def build(self, chosen: Namespace) -> Outcome:
        run = queue_build(
            repository=repository_named(chosen.repository),
            specs=chosen.specs,
            package_set=package_set_named(chosen.set) if chosen.set is not None else None,
            world=chosen.world,
            choices=BuildChoices(
                make_dependencies=chosen.make_dependencies,
                continue_on_failure=not chosen.stop_on_failure,
                rebuild=chosen.rebuild,
                one_binary_per_slot=chosen.one_binary_per_slot,
                skip_tests=chosen.skip_tests,
            ),
            host=host_named(chosen.host) if chosen.host is not None else None,
            asked_by=None,
        )
        return self.begin(chosen, [run])
