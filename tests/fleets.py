"""A fleet of stand-in hosts for tests that go the whole way, and what people do on those hosts."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from demo.fleet import Fleet, StandInHost
from demo.furnishing import furnish, git
from pbins.models import Channel, Host, HostState, Repository, Run, RunState, Subscription
from pbins.services.credentials import portal_credential
from pbins.services.following import Watch, remote_run
from pbins.services.hosts import add_host
from pbins.services.layouts import (
    builder_conf,
    configuration_on,
    consumer_conf,
    distdir_on,
    first_files,
    git_url,
    location_on,
)
from pbins.services.places import places
from pbins.services.runs import advance

PATIENCE = 30.0
LOOK_SECONDS = 0.1
KEPT = {"ssh_host_ed25519_key", "port"}
BUILDER, *CONSUMERS = ("forge", "web1", "web2")


@dataclass(frozen=True, slots=True)
class Lab:
    """Stand-in hosts, and the portal's web server for them at ``url``.

    A build of app-misc/held waits until ``gate`` exists, and says by ``waiting`` that it does.
    """

    fleet: Fleet
    url: str
    gate: Path
    used: set[str] = field(default_factory=set)

    @property
    def waiting(self) -> Path:
        return self.gate.with_name(f"{self.gate.name}.waiting")

    def __getitem__(self, name: str) -> StandInHost:
        return self.fleet[name]

    def reset(self) -> None:
        """Every host that was used as it was first."""
        for path in (self.gate, self.waiting):
            path.unlink(missing_ok=True)
        while self.used:
            host = self[self.used.pop()]
            host.stop()
            for child in host.directory.iterdir():
                if child.is_dir():
                    shutil.rmtree(child)
                elif child.name not in KEPT:
                    child.unlink()
            furnish(host.directory, self.fleet.source, pace=0)
            host.up()

    def inventory(self, name: str, *, is_builder: bool = False) -> Host:
        """The row of a stand-in that is trusted and lets the portal in."""
        machine, credential = self[name], portal_credential()
        self.used.add(name)
        machine.authorize(credential.public_key)
        host = add_host(
            name=name,
            address=machine.address,
            port=machine.port,
            user="root",
            credential=credential,
            is_builder=is_builder,
            is_consumer=not is_builder,
            prefix=str(machine.directory),
        )
        host.host_key = machine.host_key
        host.state, host.cave_version = HostState.READY, "cave 3.0.1"
        host.save()
        return host


def make_builder(host: Host, repository: Repository) -> None:
    """What provisioning would do, without the way there."""
    distdir = Path(distdir_on(host, repository))
    distdir.mkdir(parents=True, exist_ok=True)
    for name, content in first_files(repository).items():
        path = Path(location_on(host, repository)) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    Path(configuration_on(host, repository)).write_text(builder_conf(host, repository))
    repository.builders.add(host)


def make_consumer(host: Host, channel: Channel) -> None:
    """What provisioning would do, without the way there."""
    repository = channel.repository
    location = Path(location_on(host, repository))
    git(location.parent, "clone", "--quiet", str(places().git(repository.name)), str(location))
    git(location, "remote", "set-url", "origin", git_url(repository))
    configuration = consumer_conf(location_on(host, repository), channel)
    Path(configuration_on(host, repository)).write_text(configuration)
    Subscription.objects.create(host=host, channel=channel)


def drive(
    run: Run, *, until: Callable[[], bool] = lambda: False, watch: Watch | None = None
) -> Run:
    """Move a run on until it ends or waits, or until something holds; returns it as it is now."""
    watch = watch or Watch()
    end = time.monotonic() + PATIENCE
    while not until() and advance(run, watch) is not None:
        if time.monotonic() > end:
            raise AssertionError(f"{run} is still {run.state} after {PATIENCE} s: {run.reason}")
        time.sleep(LOOK_SECONDS)
    run.refresh_from_db()
    return run


def eventually(question: Callable[[], bool], *, patience: float = PATIENCE) -> bool:
    """Whether it becomes true before patience, in seconds, is over."""
    end = time.monotonic() + patience
    while not (answer := question()) and time.monotonic() < end:
        time.sleep(LOOK_SECONDS)
    return answer


def host_log(run: Run) -> bytes:
    """The log as the host itself wrote it."""
    return Path(remote_run(run).file("log")).read_bytes()


def step_states(run: Run) -> Sequence[tuple[str, str, str]]:
    """Each step as (action, cat/pkg-ver, state)."""
    return [(step.action, f"{step.name}-{step.version}", step.state) for step in run.steps.all()]


def end_state(run: Run) -> RunState:
    return RunState(run.state)
