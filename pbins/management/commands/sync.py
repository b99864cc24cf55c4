"""``manage.py sync``: let consumers take what a repository has, and install from it."""

from argparse import Namespace

from django.core.management.base import CommandParser

from pbins.management.door import Outcome, add_act
from pbins.management.finding import (
    host_named,
    package_set_named,
    repository_named,
    tag_named,
)
from pbins.management.waiting import RunCommand, add_wait
from pbins.models import Host, Repository
from pbins.services.batches import queue_sync_in_batches
from pbins.services.errors import Refused


class Command(RunCommand):
    help = "Sync a repository on hosts, and install or update packages from it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("repository", metavar="REPOSITORY")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--host", action="append", metavar="H", help="may be repeated")
        which.add_argument("--tag", metavar="T", help="all hosts with this tag that follow it")
        which.add_argument("--all", action="store_true", help="all hosts that follow it")
        parser.add_argument(
            "--install",
            action="extend",
            nargs="+",
            default=[],
            metavar="SPEC",
            help="then install or update these from it",
        )
        parser.add_argument("--set", metavar="NAME", help="and all of this package set")
        parser.add_argument("--batch", type=int, metavar="N", help="so many hosts at a time")
        parser.add_argument(
            "--stop-after",
            type=int,
            metavar="M",
            help="begin no further batch when so many have ended badly",
        )
        add_wait(parser)
        add_act(parser, self.sync)

    def sync(self, chosen: Namespace) -> Outcome:
        repository = repository_named(chosen.repository)
        rollout = queue_sync_in_batches(
            repository=repository,
            hosts=_hosts(repository, chosen),
            install=chosen.install
            + (package_set_named(chosen.set).spec_list if chosen.set else []),
            size=chosen.batch,
            stop_after=chosen.stop_after,
            asked_by=None,
        )
        runs = list(rollout.runs.select_related("host", "repository").order_by("pk"))
        return self.begin(chosen, runs)


def _hosts(repository: Repository, chosen: Namespace) -> list[Host]:
    """The hosts chosen; by tag or all, those that are drained are left alone."""
    if chosen.host:
        return [host_named(name) for name in dict.fromkeys(chosen.host)]
    followers = Host.objects.consumers().filter(subscriptions__channel__repository=repository)
    if chosen.tag is not None:
        followers = followers.tagged(tag_named(chosen.tag).name)
    hosts = list(followers.filter(drained=False).distinct())
    if not hosts:
        raise Refused(
            f"No host to sync: none of these follows {repository.name}, or all are drained."
            f" manage.py repository provision {repository.name} --host H makes one follow it."
        )
    return hosts
