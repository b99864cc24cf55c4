"""Syncs of consumers over real SSH, from the portal's own web server."""

import shutil
from pathlib import Path

import pytest

from pbins.models import Entry, Host, Repository, Rollout, Run, RunState, Subscription
from pbins.services.imports import directory_origin, import_origin
from pbins.services.layouts import configuration_on, distdir_on, git_url, location_on
from pbins.services.logs import log_size, read_log
from pbins.services.places import places
from pbins.services.queueing import queue_build, queue_sync
from tests.fleets import CONSUMERS, Lab, drive, host_log


def sync(repository: Repository, hosts: list[Host], *install: str) -> list[Run]:
    rollout: Rollout = queue_sync(
        repository=repository, hosts=hosts, install=install, asked_by=None
    )
    return [drive(run) for run in rollout.runs.order_by("host__name")]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first test that needs them leaves packages for the others."""
    return tmp_path_factory.mktemp("shelf")


@pytest.fixture
def conch(lab: Lab, shelf: Path, repository: Repository, request: pytest.FixtureRequest) -> None:
    """app-shells/conch and what it needs are published."""
    tree, distfiles = shelf / "pbins", shelf / "distfiles"
    if not tree.exists():
        builder: Host = request.getfixturevalue("builder")
        drive(queue_build(repository=repository, specs=["app-shells/conch"], asked_by=None))
        shutil.copytree(location_on(builder, repository), tree)
        shutil.copytree(distdir_on(builder, repository), distfiles)
    else:
        import_origin(repository=repository, origin=directory_origin(tree, str(distfiles)))
    assert Entry.objects.served().count() == 2


def test_every_host_takes_what_was_published_and_installs_it(
    conch: None, consumers: list[Host], repository: Repository, lab: Lab
) -> None:
    runs = sync(repository, consumers, "app-shells/conch")
    commit = repository.channels.get().commit
    assert [(run.state, run.reason) for run in runs] == [
        (RunState.SUCCEEDED, f"{name} is at {commit[:12]}.") for name in CONSUMERS
    ]
    for run, subscription in zip(runs, Subscription.objects.all(), strict=True):
        assert subscription.is_current
        assert ["app-shells/conch", "4.2"] in subscription.installed
        assert (lab[run.host.name].directory / "usr/bin/conch").is_file()
        assert read_log(run, 0, log_size(run)) == host_log(run)


def test_what_a_host_has_is_read_from_the_host_itself(
    consumers: list[Host], conch: None, repository: Repository
) -> None:
    behind = Subscription.objects.get(host=consumers[0])
    assert not behind.is_current
    (run,) = sync(repository, consumers[:1])
    behind.refresh_from_db()
    assert (run.state, behind.is_current, behind.installed) == (RunState.SUCCEEDED, True, [])


def test_installing_what_is_there_already_is_no_failure(
    conch: None, consumers: list[Host], repository: Repository
) -> None:
    sync(repository, consumers[:1], "app-shells/conch")
    (run,) = sync(repository, consumers[:1], "app-shells/conch")
    assert run.state == RunState.SUCCEEDED, run.reason


def test_a_host_that_does_not_follow_the_repository_says_what_to_run(
    lab: Lab, repository: Repository
) -> None:
    (run,) = sync(repository, [lab.inventory("web1")])
    assert run.state == RunState.FAILED
    assert "repository provision pbins --host web1" in run.reason


def test_a_portal_that_hosts_can_not_reach_fails_the_sync_alone(
    consumers: list[Host], repository: Repository
) -> None:
    away = Path(configuration_on(consumers[0], repository))
    away.write_text(away.read_text().replace(git_url(repository), "http://127.0.0.1:1/pbins.git"))
    first, second = sync(repository, consumers)
    assert first.state == RunState.FAILED
    assert "pbins" in first.reason
    assert b"127.0.0.1" in read_log(first, 0, log_size(first))
    assert second.state == RunState.SUCCEEDED


def test_a_tarball_that_is_gone_fails_the_installation_and_keeps_the_sync(
    conch: None, consumers: list[Host], repository: Repository
) -> None:
    for tarball in places().distfiles("pbins").glob("pbins--sys-libs*"):
        tarball.unlink()
    (run,) = sync(repository, consumers[:1], "app-shells/conch")
    assert run.state == RunState.FAILED
    assert run.reason.startswith("Synced, but not installed:")
    assert "sys-libs/inkwell" in run.reason
    assert Subscription.objects.get(host=consumers[0]).is_current


def test_a_package_that_nobody_has_is_named(
    conch: None, consumers: list[Host], repository: Repository
) -> None:
    (run,) = sync(repository, consumers[:1], "sys-libs/no-such-thing")
    assert run.state == RunState.FAILED
    assert "sys-libs/no-such-thing" in run.reason


def test_nothing_is_compiled_on_a_consumer(
    conch: None, consumers: list[Host], repository: Repository
) -> None:
    """FACTS 4.10: what only the source repositories have is refused."""
    (run,) = sync(repository, consumers[:1], "dev-libs/jigsaw")
    assert run.state == RunState.FAILED
    assert "dev-libs/jigsaw" in run.reason
    assert Subscription.objects.get(host=consumers[0]).installed == []


def test_a_sync_that_had_to_wait_before_it_installed_begins_with_the_sync(
    conch: None, consumers: list[Host], repository: Repository
) -> None:
    rollout = queue_sync(
        repository=repository, hosts=consumers[:1], install=["app-shells/conch"], asked_by=None
    )
    run = rollout.runs.get()
    Run.objects.filter(pk=run.pk).update(verdict="succeeded", attempt=2)
    drive(run)
    assert run.state == RunState.SUCCEEDED, run.reason
    log = read_log(run, 0, log_size(run))
    assert log.index(b"==> sync") < log.index(b"==> install")
