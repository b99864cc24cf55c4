"""A fleet of any size with its history: hosts, what they have, runs with steps, findings."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice

from django.utils import timezone

from benchmarks._catalogue import first_names
from benchmarks._sizes import SEED, Sizes
from pbins.models import (
    Channel,
    Confirmation,
    Host,
    HostState,
    PackageSet,
    Repository,
    Rollout,
    Run,
    RunEvent,
    RunFile,
    RunKind,
    RunState,
    Step,
    StepAction,
    StepState,
    Subscription,
    Tag,
)
from pbins.services.credentials import portal_credential
from pbins.services.logs import log_of

AT_ONCE = 500
BUILDERS = 4
STEPS = 12
LONG_PLAN = 600
LINES = 20_000
SITES = ("amsterdam", "berlin", "coimbra", "dublin", "espoo")
ROLES = ("web", "db", "mail", "desk")
ENDS = (*[RunState.SUCCEEDED] * 8, RunState.PARTIAL, RunState.FAILED)


def fill_fleet(sizes: Sizes, repositories: Sequence[Repository]) -> list[Host]:
    """Builders first; the other hosts follow a channel and have versions of it installed."""
    tags = Tag.objects.bulk_create(Tag(name=name) for name in (*SITES, *ROLES))
    credential, states = portal_credential(), list(HostState)
    hosts = Host.objects.bulk_create(
        Host(
            name=f"{'forge' if number < BUILDERS else ROLES[number % len(ROLES)]}{number}",
            address=f"10.{number // 62_500}.{number // 250 % 250}.{number % 250}",
            credential=credential,
            is_builder=number < BUILDERS,
            is_consumer=number >= BUILDERS,
            state=states[number % len(states)] if number % 10 == 0 else HostState.READY,
            cave_version="cave 3.0.1",
            probed_at=timezone.now(),
        )
        for number in range(BUILDERS + sizes.hosts)
    )
    through = Host.tags.through
    through.objects.bulk_create(
        through(host_id=host.pk, tag_id=tag.pk)
        for number, host in enumerate(hosts)
        for tag in (tags[number % len(SITES)], tags[len(SITES) + number % len(ROLES)])
    )
    for repository in repositories:
        repository.builders.set(hosts[:BUILDERS])
    _subscribe(sizes, hosts[BUILDERS:])
    return hosts


def _subscribe(sizes: Sizes, hosts: Sequence[Host]) -> None:
    """Most hosts are at their channel's head, the others at the commit before."""
    source, names = random.Random(SEED), first_names(sizes.installed * 4)
    channels = list(Channel.objects.order_by("pk"))
    parents = {channel.pk: _commit_before(channel) for channel in channels}
    now = timezone.now()
    rows = []
    for number, host in enumerate(hosts):
        channel = channels[number % len(channels)]
        is_current = number % 5 != 0
        rows.append(
            Subscription(
                host=host,
                channel=channel,
                commit=channel.commit if is_current else parents[channel.pk],
                synced_at=now - timedelta(minutes=source.randrange(3_000)),
                installed=source.sample(names, min(len(names), sizes.installed)),
            )
        )
    Subscription.objects.bulk_create(rows, batch_size=AT_ONCE)


def _commit_before(channel: Channel) -> str:
    commits = channel.publications.values_list("commit", flat=True)
    return next(iter(islice(commits, 1, None)), "")


def fill_sets(sizes: Sizes) -> None:
    names = [name for name, _ in dict(first_names(sizes.installed)).items()]
    PackageSet.objects.bulk_create(
        PackageSet(name=f"set{number}", specs="\n".join(names[number : number + 40]))
        for number in range(min(40, sizes.hosts))
    )


def fill_runs(sizes: Sizes, repository: Repository, hosts: Sequence[Host]) -> None:
    """A fifth are builds; a rollout over every consumer; some that wait, and some under way."""
    builders, consumers = hosts[:BUILDERS], hosts[BUILDERS:]
    channel = repository.channels.get(name="master")
    now = timezone.now()
    runs = [
        _run(number, builders, consumers, repository, channel, now - timedelta(minutes=number))
        for number in range(sizes.runs, 0, -1)
    ]
    made = Run.objects.bulk_create(runs, batch_size=AT_ONCE)
    rollout = Rollout.objects.create(kind=RunKind.SYNC, repository=repository)
    made += Run.objects.bulk_create(
        _ended(Run(kind=RunKind.SYNC, host=host, rollout=rollout, channel=channel), repository, now)
        for host in consumers
    )
    made += _unfinished(builders, consumers, repository, channel)
    _fill_steps(made, first_names(LONG_PLAN))
    RunEvent.objects.bulk_create(
        (RunEvent(run=run, at=now, text=text) for run in made for text in ("began", "ended")),
        batch_size=AT_ONCE,
    )
    log = b"".join(b"x86_64-pc-linux-gnu-cc -O2 -c file%d.c\n" % at for at in range(LINES))
    for run in made[-10:]:
        log_of(run).append(log)
        RunFile.objects.create(run=run, name="config.log", origin="/var/tmp/config.log", size=9)


def _run(
    number: int,
    builders: Sequence[Host],
    consumers: Sequence[Host],
    repository: Repository,
    channel: Channel,
    at: datetime,
) -> Run:
    if number % 5 == 0:
        host, kind = builders[number % len(builders)], RunKind.BUILD
        run = Run(kind=kind, host=host, channel=channel, specs=["world"], command="cave resume")
    else:
        host, kind = consumers[number % len(consumers)], RunKind.SYNC
        run = Run(kind=kind, host=host, channel=channel)
    run.state = ENDS[number // 5 % len(ENDS)]
    return _ended(run, repository, at)


def _ended(run: Run, repository: Repository, at: datetime) -> Run:
    run.repository = repository
    run.state = RunState.SUCCEEDED if run.state == RunState.QUEUED else run.state
    run.reason = "It ended." if run.state == RunState.SUCCEEDED else "sys-libs/zlib failed."
    run.created_at = run.started_at = at
    run.finished_at = at + timedelta(minutes=20)
    return run


def _unfinished(
    builders: Sequence[Host],
    consumers: Sequence[Host],
    repository: Repository,
    channel: Channel,
) -> list[Run]:
    """Builds under way, a question for a person on each builder, and hosts whose sync waits."""
    same = {"repository": repository, "channel": channel}
    now = timezone.now()
    rows = [
        Run(kind=RunKind.BUILD, host=host, state=state, started_at=now, specs=["world"], **same)
        for host in builders
        for state in (RunState.CONFIRMING, RunState.EXECUTING)
    ]
    rows += [
        Run(kind=RunKind.SYNC, host=host, reason="It waits.", **same) for host in consumers[:50]
    ]
    made = Run.objects.bulk_create(rows)
    Confirmation.objects.bulk_create(
        Confirmation(run=run, kind="not_best", resolvent=f"sys-test/asked{number}", permit="--x")
        for run in made
        if run.state == RunState.CONFIRMING
        for number in range(3)
    )
    return made


def _fill_steps(runs: Sequence[Run], names: Sequence[tuple[str, str]]) -> None:
    """A dozen for each build; the last build under way has a long plan."""
    builds = [run for run in runs if run.kind == RunKind.BUILD]
    rows = []
    for number, run in enumerate(builds):
        count = LONG_PLAN if run is builds[-1] else STEPS
        for at in range(min(count, len(names))):
            name, version = names[(number + at) % len(names)]
            rows.append(_step(run, at, name, version))
    Step.objects.bulk_create(rows, batch_size=AT_ONCE)


def _step(run: Run, at: int, name: str, version: str) -> Step:
    has_failed = run.state in {RunState.FAILED, RunState.PARTIAL} and at == STEPS // 2
    state = StepState.FAILED if has_failed else StepState.SUCCEEDED
    if not run.is_final and at > 2:
        state = StepState.ACTIVE if at == 3 else StepState.PENDING
    return Step(
        run=run,
        number=at,
        action=StepAction.CREATE_BINARY,
        name=name,
        version=version,
        origin="arbor",
        destination="pbins",
        state=state,
        started_at=run.started_at,
        finished_at=run.finished_at,
        waits_for=[at - 1] if at else [],
        note="It failed." if has_failed else "",
    )
