"""``manage.py build``: make binary packages on a builder and publish them."""

from argparse import ArgumentTypeError, Namespace

from django.core.management.base import CommandParser

from pbins.management.door import Outcome, add_act
from pbins.management.finding import host_named, package_set_named, repository_named
from pbins.management.waiting import RunCommand, add_wait
from pbins.paludis.resolution import KeepTargets
from pbins.services.queueing import LONGEST_MINUTES, PRIORITIES, BuildChoices, Terms, queue_build


class Command(RunCommand):
    help = "Build package specs, a package set or world for a repository, and publish the result."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("repository", metavar="REPOSITORY")
        parser.add_argument("specs", metavar="SPEC", nargs="*", help="cat/pkg, cat/pkg:2, …")
        parser.add_argument("--set", metavar="NAME", help="all specs of this package set")
        parser.add_argument("--world", action="store_true", help="the builder's own world set")
        parser.add_argument("--host", metavar="H", help="which builder, if there are several")
        parser.add_argument(
            "--plan-only", action="store_true", help="show what would be done, and change nothing"
        )
        add_wait(parser)
        _add_choices(parser)
        _add_terms(parser)
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
                keep_targets=chosen.keep_targets,
                one_binary_per_slot=chosen.one_binary_per_slot,
                skip_tests=chosen.skip_tests,
                sync_first=chosen.sync_first,
            ),
            host=host_named(chosen.host) if chosen.host is not None else None,
            terms=Terms(
                priority=chosen.priority,
                timeout_minutes=chosen.timeout,
                silence_minutes=chosen.silence,
            ),
            plan_only=chosen.plan_only,
            asked_by=None,
        )
        return self.begin(chosen, [run])


def _add_choices(parser: CommandParser) -> None:
    """What ``BuildChoices`` takes."""
    choices = parser.add_argument_group("choices")
    choices.add_argument(
        "--make-dependencies",
        choices=("all", "runtime", "none"),
        default="all",
        help="of which dependencies binaries are made as well (default: all)",
    )
    choices.add_argument("--stop-on-failure", action="store_true", help="at the first one")
    choices.add_argument(
        "--keep-targets",
        choices=[keep.value for keep in KeepTargets],
        default=KeepTargets.AUTO.value,
        help="when what is there already is left alone (default: auto, a set if it is the"
        " same, a package that is named never)",
    )
    choices.add_argument(
        "--rebuild",
        dest="keep_targets",
        action="store_const",
        const=KeepTargets.NEVER.value,
        help="even what is there already: --keep-targets never",
    )
    choices.add_argument("--one-binary-per-slot", action="store_true")
    choices.add_argument("--skip-tests", action="store_true")
    choices.add_argument(
        "--sync-first",
        action="store_true",
        help="sync the builder's source repositories before anything is planned",
    )


def _add_terms(parser: CommandParser) -> None:
    """What ``Terms`` takes."""
    terms = parser.add_argument_group("when, and how long")
    terms.add_argument(
        "--priority",
        type=int,
        default=0,
        choices=range(-PRIORITIES, PRIORITIES + 1),
        metavar="N",
        help="a higher one goes first; 10 minutes of waiting count as 1 (default: 0)",
    )
    terms.add_argument("--timeout", type=_minutes, metavar="MINUTES", help="end it then; 0: never")
    terms.add_argument(
        "--silence", type=_minutes, metavar="MINUTES", help="end it when silent so long; 0: never"
    )


def _minutes(text: str) -> int:
    """A whole number of minutes, as argparse wants it checked."""
    minutes = int(text)
    if not 0 <= minutes <= LONGEST_MINUTES:
        raise ArgumentTypeError(f"{minutes} is no number of minutes up to {LONGEST_MINUTES}")
    return minutes
