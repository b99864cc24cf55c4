"""``manage.py repository``: add and import binary repositories, write them to hosts, list."""

from argparse import Namespace

from django.core.management.base import CommandParser

from pbins.api.fleet_shapes import repository_shape
from pbins.management import importing
from pbins.management.door import Outcome, add_act
from pbins.management.finding import channel_named, host_named, repository_named
from pbins.management.logs import whole_log
from pbins.management.waiting import RunCommand
from pbins.models import Repository
from pbins.services.confirming import KINDS, set_policy
from pbins.services.repositories import add_repository
from pbins.services.rollouts import provisionable_hosts, queue_provisions
from pbins.services.taking_in import take_in


class Command(RunCommand):
    help = "Binary repositories: add, import, provision, policy, list."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
        _add_arguments_of_add(verbs.add_parser("add", help="add a repository"), self)
        provision = verbs.add_parser(
            "provision", help="write its configuration to hosts; shows the difference, waits"
        )
        provision.add_argument("name", metavar="NAME")
        provision.add_argument(
            "--host",
            action="append",
            default=[],
            metavar="H",
            help="may be repeated; default: its builders and every consumer",
        )
        provision.add_argument(
            "--channel",
            metavar="CHANNEL",
            help="what consumers follow; default: what they follow already, or master",
        )
        provision.add_argument("--dry-run", action="store_true", help="only show the difference")
        add_act(provision, self.provision)
        policy = verbs.add_parser("policy", help="what builds need not ask for; shows it, too")
        policy.add_argument("name", metavar="NAME")
        policy.add_argument("--allow", action="append", default=[], choices=KINDS, metavar="KIND")
        policy.add_argument("--ask", action="append", default=[], choices=KINDS, metavar="KIND")
        add_act(policy, self.policy)
        taking = verbs.add_parser("import", help="take in one that exists already, with its past")
        importing.add_arguments(taking)
        add_act(taking, self.take_in)
        add_act(verbs.add_parser("list", help="list all repositories"), self.list_all)

    def add(self, chosen: Namespace) -> Outcome:
        repository = add_repository(
            name=chosen.name,
            masters=chosen.masters.split(),
            platforms=chosen.platforms.split(),
            builders=[host_named(name) for name in chosen.builder],
            location=chosen.location,
            distdir=chosen.distdir,
        )
        lines = [
            f"{repository.name} is added",
            f"Then: manage.py repository provision {repository.name}",
        ]
        self.answer(chosen, {"repository": repository_shape(repository)}, lines)
        return Outcome.WORKED

    def provision(self, chosen: Namespace) -> Outcome:
        repository = repository_named(chosen.name)
        channel = channel_named(repository, chosen.channel) if chosen.channel else None
        hosts = [host_named(name) for name in dict.fromkeys(chosen.host)]
        rollout = queue_provisions(
            repository=repository,
            hosts=hosts or provisionable_hosts(repository),
            asked_by=None,
            dry_run=chosen.dry_run,
            channel=channel,
        )
        runs = list(rollout.runs.order_by("pk"))
        self.start(chosen, runs)
        outcome = self.follow(chosen, runs)
        told = {run.host.name: whole_log(run) for run in runs}
        lines = [text.rstrip() for text in told.values() if text]
        self.report(chosen, runs, extra={"differences": told}, lines=lines)
        return outcome

    def policy(self, chosen: Namespace) -> Outcome:
        repository = repository_named(chosen.name)
        if chosen.allow or chosen.ask:
            kinds = {*repository.allowed_beforehand, *chosen.allow} - set(chosen.ask)
            set_policy(repository=repository, kinds=kinds)
        allowed = repository.allowed_beforehand
        lines = [f"{kind}: {'allowed' if kind in allowed else 'asked'}" for kind in KINDS]
        self.answer(chosen, {"allowed_beforehand": allowed}, lines)
        return Outcome.WORKED

    def take_in(self, chosen: Namespace) -> Outcome:
        taking = importing.import_asked_for(repository_named(chosen.name), chosen)
        report = take_in(taking, say=self.complain)
        shape = {"import": taking.pk, **importing.report_shape(report)}
        self.answer(chosen, shape, importing.report_lines(report))
        return Outcome.FAILED if importing.left_out(report) else Outcome.WORKED

    def list_all(self, chosen: Namespace) -> Outcome:
        repositories = Repository.objects.prefetch_related("builders", "channels")
        shapes = [repository_shape(repository) for repository in repositories]
        lines = [_line(repository) for repository in repositories]
        self.answer(chosen, shapes, lines or ["There are no repositories yet."])
        return Outcome.WORKED


def _add_arguments_of_add(parser: CommandParser, command: Command) -> None:
    parser.add_argument("name", metavar="NAME")
    parser.add_argument(
        "--builder", action="append", default=[], metavar="HOST", help="may be repeated"
    )
    parser.add_argument(
        "--masters", required=True, help="source repositories, the most important first: arbor"
    )
    parser.add_argument("--platforms", required=True, help='as in "amd64 ~amd64"')
    parser.add_argument("--location", default="", metavar="DIR", help="where hosts keep it")
    parser.add_argument("--distdir", default="", metavar="DIR", help="its tarballs on builders")
    add_act(parser, command.add)


def _line(repository: Repository) -> str:
    builders = ", ".join(host.name for host in repository.builders.all()) or "no builder"
    channels = ", ".join(
        f"{channel.name} at {channel.commit[:12] or 'nothing'}"
        for channel in repository.channels.all()
    )
    masters = f"from {repository.masters} for {repository.platforms}"
    return f"{repository.name:<20} {masters}; {builders}; {channels}"
