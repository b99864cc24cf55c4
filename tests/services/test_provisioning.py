"""Provisioning of stand-in hosts over real SSH: what is written, what is shown, what is refused."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from pbins.models import Host, Repository, Run, RunState, Subscription
from pbins.services.errors import Refused
from pbins.services.layouts import configuration_on, distdir_on, location_on
from pbins.services.logs import log_size, read_log
from pbins.services.moves import carry_out, plan_promotion
from pbins.services.queueing import queue_build, queue_provision, queue_sync
from pbins.services.repositories import add_repository
from tests.fleets import Lab, drive
from tests.releases import begin, release

NEVER_CHANGED_BY_US = {"port", "authorized_keys", "ssh_host_ed25519_key"}


@pytest.fixture
def forge(lab: Lab, repository: Repository) -> Host:
    """A builder on which nothing is provisioned."""
    host = lab.inventory("forge", is_builder=True)
    repository.builders.add(host)
    return host


@pytest.fixture
def web(lab: Lab) -> Host:
    """A consumer on which nothing is provisioned."""
    return lab.inventory("web1")


def provision(repository: Repository, host: Host, *, dry_run: bool = False) -> Run:
    return drive(queue_provision(repository=repository, host=host, dry_run=dry_run, asked_by=None))


def log_of(run: Run) -> str:
    return read_log(run, 0, log_size(run)).decode()


def contents(host: Host) -> Mapping[str, bytes]:
    """Every file of a host, but for what logging in and looking leave behind."""
    root = Path(host.prefix)
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name not in NEVER_CHANGED_BY_US
    }


def test_a_builder_can_build_after_it(forge: Host, repository: Repository) -> None:
    run = provision(repository, forge)
    assert (run.state, run.reason) == (RunState.SUCCEEDED, "Provisioned as a builder.")
    assert (Path(location_on(forge, repository)) / "metadata/categories.conf").is_file()
    distdir = Path(distdir_on(forge, repository))
    assert distdir.stat().st_mode & 0o7777 == 0o2775
    build = queue_build(repository=repository, specs=["sys-libs/inkwell"], asked_by=None)
    assert drive(build).state == RunState.SUCCEEDED


def test_a_consumer_can_sync_after_it(web: Host, repository: Repository) -> None:
    run = provision(repository, web)
    assert (run.state, run.reason) == (RunState.SUCCEEDED, "Provisioned as a consumer.")
    assert Subscription.objects.get(host=web).is_current
    (sync,) = queue_sync(repository=repository, hosts=[web], asked_by=None).runs.all()
    assert drive(sync).state == RunState.SUCCEEDED


@pytest.mark.parametrize("name", ["forge", "web"])
def test_a_dry_run_shows_the_difference_and_writes_nothing(
    name: str, repository: Repository, request: pytest.FixtureRequest
) -> None:
    host: Host = request.getfixturevalue(name)
    before = contents(host)
    run = provision(repository, host, dry_run=True)
    assert (run.state, run.reason) == (
        RunState.SUCCEEDED,
        "Nothing was written: this was a dry run.",
    )
    assert f"+++ {configuration_on(host, repository)}" in log_of(run)
    assert "\n+location = " in log_of(run)
    assert contents(host) == before
    assert not Subscription.objects.exists()


@pytest.mark.parametrize("name", ["forge", "web"])
def test_to_repeat_it_changes_nothing(
    name: str, repository: Repository, request: pytest.FixtureRequest
) -> None:
    host: Host = request.getfixturevalue(name)
    provision(repository, host)
    before = contents(host)
    run = provision(repository, host)
    assert run.state == RunState.SUCCEEDED
    assert "+++" not in log_of(run)
    assert f"{configuration_on(host, repository)}: as it should be" in log_of(run)
    assert contents(host) == before


def test_what_builds_have_written_since_is_kept(forge: Host, repository: Repository) -> None:
    provision(repository, forge)
    drive(queue_build(repository=repository, specs=["sys-libs/inkwell"], asked_by=None))
    before = contents(forge)
    assert before["var/db/paludis/repositories/pbins/metadata/categories.conf"] == b"sys-libs\n"
    provision(repository, forge)
    assert contents(forge) == before


def test_a_second_binary_destination_is_refused(forge: Host, repository: Repository) -> None:
    provision(repository, forge)
    other = add_repository(name="others", masters=["arbor"], platforms=["amd64"], builders=[forge])
    before = contents(forge)
    run = provision(other, forge)
    assert run.state == RunState.FAILED
    assert "/pbins.conf says binary_destination = true" in run.reason
    assert "nothing was changed" in run.reason
    assert contents(forge) == before


@pytest.mark.parametrize("name", ["forge", "web"])
def test_without_its_master_nothing_is_changed(
    name: str, repository: Repository, request: pytest.FixtureRequest
) -> None:
    host: Host = request.getfixturevalue(name)
    Repository.objects.update(masters="arbor desktop")
    before = contents(host)
    run = provision(repository, host)
    assert run.state == RunState.FAILED
    assert "desktop is not configured on this host (it has arbor, installed)" in run.reason
    assert contents(host) == before


BREAKS = """#!/bin/sh
[ -e {configuration} ] && echo 'Configuration error: no such thing' >&2 && exit 1
exec {real} "$@"
"""


@pytest.mark.parametrize("name", ["forge", "web"])
def test_a_configuration_with_which_cave_does_not_work_is_taken_back(
    name: str, repository: Repository, request: pytest.FixtureRequest
) -> None:
    host: Host = request.getfixturevalue(name)
    cave = Path(host.prefix) / "bin/cave"
    real = cave.rename(cave.with_name("real-cave"))
    configuration = Path(configuration_on(host, repository))
    cave.write_text(BREAKS.format(configuration=configuration, real=real))
    cave.chmod(0o755)
    run = provision(repository, host)
    assert run.state == RunState.FAILED
    assert "Configuration error: no such thing" in run.reason
    assert not configuration.exists()
    assert not Subscription.objects.exists()


def test_a_location_that_is_in_the_way_is_left_alone(web: Host, repository: Repository) -> None:
    notes = Path(location_on(web, repository)) / "notes"
    notes.parent.mkdir(parents=True)
    notes.write_text("mine\n")
    before = contents(web)
    run = provision(repository, web)
    assert run.state == RunState.FAILED
    assert f"{notes.parent} is in the way" in run.reason
    assert "Move it aside" in run.reason
    assert contents(web) == before


def test_half_a_clone_is_not_taken_for_a_whole_one(web: Host, repository: Repository) -> None:
    location = Path(location_on(web, repository))
    (location / ".git/objects").mkdir(parents=True)
    refused = provision(repository, web)
    assert refused.state == RunState.FAILED
    assert "Move it aside" in refused.reason
    shutil.rmtree(location)
    location.mkdir()
    (location.with_name(f"{location.name}.new") / ".git").mkdir(parents=True)
    assert provision(repository, web).state == RunState.SUCCEEDED
    assert [path.name for path in location.parent.glob(f"{location.name}*")] == [location.name]


def test_a_host_that_is_neither_builder_nor_consumer_is_refused(
    lab: Lab, repository: Repository
) -> None:
    host = lab.inventory("forge", is_builder=True)
    with pytest.raises(Refused, match="neither a builder of pbins nor a consumer"):
        queue_provision(repository=repository, host=host, asked_by=None)


def test_a_consumer_takes_what_its_channel_serves_and_may_change_to_another(
    web: Host, repository: Repository
) -> None:
    master = repository.channels.get()
    stable = begin("stable", master)
    drive(queue_provision(repository=repository, host=web, channel=stable, asked_by=None))
    release(master, "sys-test/one")
    assert synced(repository, web) == stable.commit
    configuration = Path(configuration_on(web, repository)).read_text()
    assert "sync_options = --branch=stable" in configuration
    carry_out(plan_promotion(source=master, target=stable), asked_by=None)
    stable.refresh_from_db()
    assert synced(repository, web) == stable.commit
    pbins = Path(location_on(web, repository)) / "packages/sys-test/one"
    assert [path.name for path in pbins.glob("*.pbin-*")] == ["one-1.0.pbin-1+exheres-0"]
    drive(queue_provision(repository=repository, host=web, channel=master, asked_by=None))
    master.refresh_from_db()
    assert synced(repository, web) == master.commit
    assert Subscription.objects.get(host=web).channel == master


def synced(repository: Repository, host: Host) -> str:
    """The commit that the host itself says it is at after a sync."""
    (sync,) = queue_sync(repository=repository, hosts=[host], asked_by=None).runs.all()
    assert drive(sync).state == RunState.SUCCEEDED
    return Subscription.objects.get(host=host).commit
