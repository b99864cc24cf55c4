"""Asking for work: every function stores a queued run (or a rollout of them) and nothing else."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.contrib.auth.models import User
from django.db import transaction

from pbins.models import (
    DEFAULT_CHANNEL,
    Channel,
    Host,
    PackageSet,
    Repository,
    Rollout,
    Run,
    RunKind,
    Subscription,
)
from pbins.paludis.errors import ParseError
from pbins.paludis.specs import PackageSpec
from pbins.services.errors import Refused

WORLD = "world"
# Among the choices of a run that goes on with another one: with its plan, or with what it made.
RESUMES = "resumes"
COLLECTS_AGAIN = "collects_again"
PRIORITIES = 100  # from minus so much to plus so much
LONGEST_MINUTES = 60 * 24 * 365
Asker = User | None


@dataclass(frozen=True, slots=True)
class BuildChoices:
    """What a person may choose about a build.

    ``make_dependencies``: all, runtime or none. ``keep_targets``: when what is there already is
    left alone, as ``cave resolve --keep-targets`` has it. ``sync_first``: the source repositories
    are synced before anything is planned.
    """

    make_dependencies: str = "all"
    continue_on_failure: bool = True
    keep_targets: str = "auto"
    one_binary_per_slot: bool = False
    skip_tests: bool = False
    sync_first: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """When a build gets its turn, and how long it may take; None: as its repository says."""

    priority: int = 0
    timeout_minutes: int | None = None
    silence_minutes: int | None = None


def queue_probe(*, host: Host, asked_by: Asker) -> Run:
    return Run.objects.create(kind=RunKind.PROBE, host=host, asked_by=asked_by)


def queue_provision(
    *,
    repository: Repository,
    host: Host,
    asked_by: Asker,
    dry_run: bool = False,
    channel: Channel | None = None,
) -> Run:
    """Provision a host as what it is: builder of the repository, consumer of it, or both.

    A consumer is to follow ``channel``; None: the one that it follows already, or the usual one.
    """
    builds = repository.builders.filter(pk=host.pk).exists()
    if not builds and not host.is_consumer:
        raise Refused(
            f"{host.name} is neither a builder of {repository.name} nor a consumer; say in the host"
            " inventory what it is."
        )
    followed = _followed_channels(repository, [host]).get(host.pk)
    return Run.objects.create(
        kind=RunKind.PROVISION,
        host=host,
        repository=repository,
        channel=channel or followed or default_channel(repository),
        choices={"dry_run": dry_run},
        asked_by=asked_by,
    )


def queue_build(
    *,
    repository: Repository,
    specs: Sequence[str] = (),
    package_set: PackageSet | None = None,
    world: bool = False,
    choices: BuildChoices | None = None,
    host: Host | None = None,
    terms: Terms | None = None,
    plan_only: bool = False,
    asked_by: Asker,
) -> Run:
    """One build on one builder: of packages, of a package set, or of the builder's world.

    With ``plan_only`` it ends with the plan, and the builder stays as it is.
    """
    choices = choices or BuildChoices()
    if sum((bool(specs), package_set is not None, world)) != 1:
        raise Refused("Name packages, or one package set, or world: exactly one of the three.")
    if plan_only and choices.sync_first:
        raise Refused("To sync the sources changes the builder; a plan only looks. Leave one out.")
    wanted = _specs_of(package_set) if package_set is not None else checked_specs(specs)
    return Run.objects.create(
        kind=RunKind.PLAN if plan_only else RunKind.BUILD,
        host=_builder(repository, host),
        repository=repository,
        channel=default_channel(repository),
        package_set=package_set,
        specs=[WORLD] if world else wanted,
        choices={**asdict(choices), "world": world},
        asked_by=asked_by,
        **asdict(terms or Terms()),
    )


def build_planned(*, run: Run, asked_by: Asker) -> Run:
    """Build what a run only planned. It is planned anew, and asks for what needs permission."""
    if run.kind != RunKind.PLAN:
        raise Refused(f"Run {run.pk} is no plan only; run it again instead.")
    if not run.is_final:
        raise Refused(f"Run {run.pk} is still {run.get_state_display()}; wait for the plan.")
    return _again(run, RunKind.BUILD, asked_by)


@transaction.atomic
def queue_sync(
    *,
    repository: Repository,
    hosts: Sequence[Host],
    install: Sequence[str] = (),
    asked_by: Asker,
) -> Rollout:
    """One sync per host; with ``install``, these packages are installed or updated after it."""
    if not hosts:
        raise Refused("No host was chosen.")
    others = [host.name for host in hosts if not host.is_consumer]
    if others:
        raise Refused(
            f"{', '.join(others)}: not a consumer. A builder must never sync the binary repository"
            " that it builds into: that would throw away what it just made."
        )
    building = repository.builders.filter(pk__in=[host.pk for host in hosts])
    if building:
        names = ", ".join(host.name for host in building)
        raise Refused(
            f"{names} builds {repository.name}; to sync it there would throw away what was made."
        )
    specs = checked_specs(install)
    usual = default_channel(repository)
    followed = _followed_channels(repository, hosts)
    rollout = Rollout.objects.create(
        kind=RunKind.SYNC, repository=repository, specs=specs, asked_by=asked_by
    )
    Run.objects.bulk_create(
        Run(
            kind=RunKind.SYNC,
            host=host,
            repository=repository,
            channel=followed.get(host.pk, usual),
            rollout=rollout,
            specs=specs,
            asked_by=asked_by,
        )
        for host in hosts
    )
    return rollout


def retry_run(*, run: Run, asked_by: Asker) -> Run:
    """The same work once more, as a run of its own."""
    if not run.is_final:
        raise Refused(f"Run {run.pk} is still {run.get_state_display()}; cancel it first.")
    if run.repository_id is not None and (run.channel is None or run.channel.removed_at):
        raise Refused(f"The channel that run {run.pk} was for is gone; ask for another one.")
    return _again(run, RunKind(run.kind), asked_by)


def checked_specs(specs: Sequence[str]) -> list[str]:
    """The specs as Paludis would read them. Raises Refused with the one that is wrong."""
    checked = []
    for spec in specs:
        try:
            checked.append(str(PackageSpec.parse(spec)))
        except ParseError as error:
            raise Refused(f"{spec}: {error.reason}") from error
    return list(dict.fromkeys(checked))


def default_channel(repository: Repository) -> Channel:
    return repository.channels.get(name=DEFAULT_CHANNEL)


def _again(run: Run, kind: RunKind, asked_by: Asker) -> Run:
    return Run.objects.create(
        kind=kind,
        host=run.host,
        repository=run.repository,
        channel=run.channel,
        package_set=run.package_set,
        rollout=run.rollout,
        retry_of=run,
        specs=run.specs,
        choices={
            name: value
            for name, value in run.choices.items()
            if name not in {RESUMES, COLLECTS_AGAIN}
        },
        priority=run.priority,
        timeout_minutes=run.timeout_minutes,
        silence_minutes=run.silence_minutes,
        asked_by=asked_by,
    )


def _followed_channels(repository: Repository, hosts: Sequence[Host]) -> dict[int, Channel]:
    """The channel that each host follows, by the host's key."""
    subscriptions = Subscription.objects.filter(host__in=hosts, channel__repository=repository)
    return {one.host_id: one.channel for one in subscriptions.select_related("channel")}


def _specs_of(package_set: PackageSet) -> list[str]:
    specs = checked_specs(package_set.spec_list)
    if not specs:
        raise Refused(f"The package set {package_set.name} is empty; add a package to it first.")
    return specs


def _builder(repository: Repository, host: Host | None) -> Host:
    """The builder that was named, or the one with the least to do."""
    builders = list(repository.builders.all())
    if host is not None:
        if host not in builders:
            raise Refused(f"{host.name} is not a builder of {repository.name}.")
        return host
    if not builders:
        raise Refused(f"{repository.name} has no builder; give it one in its settings.")
    return min(builders, key=lambda builder: (builder.drained, builder.runs.moving().count()))
