"""Jobs and the follower, with real workers: a run goes on whoever of them dies."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from pbins.jobs import moving
from pbins.jobs.follower import Follower
from pbins.jobs.housekeeping import look_after_runs, settle_all_publications
from pbins.jobs.submission import submit
from pbins.models import Host, Publication, PublicationState, Repository, Run, RunEvent, RunState
from pbins.services.connection import connected
from pbins.services.following import Watch, remote_run
from pbins.services.logs import log_size, read_log
from pbins.services.own_trouble import wait_for_ourselves
from pbins.services.queueing import queue_build, queue_probe
from pbins.services.remote import start_stage
from tests.databases import database_url
from tests.factories import make_publication, make_run
from tests.fleets import Lab, eventually, host_log
from tests.jobs.conftest import Redis, waiting_jobs, work

ROOT = Path(__file__).parents[2]
LONG_AGO = timedelta(minutes=5)


def build(repository: Repository, *specs: str) -> Run:
    return queue_build(repository=repository, specs=specs or ["app-misc/held"], asked_by=None)


def state_of(run: Run) -> RunState:
    run.refresh_from_db()
    return RunState(run.state)


@contextmanager
def following() -> Iterator[Follower]:
    """The follower, in a thread of this process."""
    follower = Follower()
    thread = threading.Thread(target=follower.run)
    thread.start()
    try:
        yield follower
    finally:
        follower.stop()
        thread.join()


def is_over(run: Run) -> bool:
    """After whatever a worker finds to do."""
    work()
    run.refresh_from_db()
    return run.is_final


def in_another_process(*words: str) -> subprocess.Popen[bytes]:
    """``manage.py …`` on the database and redis of this test."""
    environment = {
        "PATH": os.environ["PATH"],
        "PBINS_DATA_DIR": str(settings.PBINS_DATA_DIR),
        "PBINS_BASE_URL": settings.PBINS_BASE_URL,
        "PBINS_DATABASE_URL": database_url(),
    }
    return subprocess.Popen(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """With the process that a worker does each job in, which would go on alone."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in (process.pid, *map(int, children)):
        os.kill(pid, signal.SIGKILL)
    process.wait()


def test_a_build_goes_the_whole_way_and_the_next_one_begins(
    redis: Redis, lab: Lab, builder: Host, repository: Repository
) -> None:
    first, second = build(repository, "sys-libs/inkwell"), build(repository, "dev-libs/jigsaw")
    submit(first, second)
    with following():
        assert eventually(lambda: is_over(second))
    first.refresh_from_db()
    assert (first.state, second.state) == (RunState.SUCCEEDED, RunState.SUCCEEDED)
    assert second.started_at is not None
    assert first.finished_at is not None
    assert first.finished_at <= second.started_at
    assert (second.lease, waiting_jobs()) == ("", [])
    assert read_log(first, 0, log_size(first)) == host_log(first)


def test_a_worker_and_a_follower_that_are_killed_are_replaced(
    redis: Redis, lab: Lab, builder: Host, repository: Repository
) -> None:
    run = build(repository)
    submit(run)
    worker, follower = in_another_process("rqworker", "builds"), in_another_process("follow")
    try:
        assert eventually(lab.waiting.exists)
    finally:
        kill(worker)
        kill(follower)
    assert state_of(run) == RunState.EXECUTING
    Run.objects.filter(pk=run.pk).update(leased_until=timezone.now() - LONG_AGO)
    lab.gate.touch()
    with following():
        assert eventually(lambda: is_over(run))
    assert run.state == RunState.SUCCEEDED, run.reason
    assert read_log(run, 0, log_size(run)) == host_log(run)


def test_a_defect_while_collecting_says_how_to_have_what_was_built(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(repository=repository, state=RunState.COLLECTING)
    monkeypatch.setattr(moving, "advance", Mock(side_effect=KeyError("x")))
    with pytest.raises(KeyError):
        moving.step(run, Watch())
    assert state_of(run) == RunState.FAILED
    assert f"manage.py run collect {run.pk}" in run.reason


@pytest.mark.parametrize(
    ("said", "ends"),
    [("database is locked", False), ("disk I/O error", False), ("no such column: x", True)],
)
@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_busy_ends_no_run(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, said: str, *, ends: bool
) -> None:
    run = make_run(repository=repository, state=RunState.COLLECTING)
    monkeypatch.setattr(moving, "advance", Mock(side_effect=OperationalError(said)))
    ends = ends and connection.vendor == "sqlite"  # elsewhere such mistakes are of another class
    with pytest.raises(OperationalError) if ends else nullcontext():
        assert moving.step(run, Watch()) == moving.PATIENCE_SECONDS
    assert state_of(run) == (RunState.FAILED if ends else RunState.COLLECTING)


def test_a_run_that_waits_before_its_next_try_is_left_alone(
    redis: Redis, repository: Repository
) -> None:
    run = make_run(repository=repository, state=RunState.COLLECTING)
    Run.objects.update(job="")
    wait_for_ourselves(run, OSError("y"))
    look_after_runs()
    assert waiting_jobs() == []
    RunEvent.objects.update(at=timezone.now() - LONG_AGO)
    look_after_runs()
    assert [key for _, key in waiting_jobs()] == [run.pk]


def test_a_worker_that_is_killed_before_the_build_begins_is_replaced(
    redis: Redis, lab: Lab, builder: Host, repository: Repository
) -> None:
    run = build(repository, "sys-libs/inkwell")
    run.move(RunState.STARTING)
    blocking = lab["forge"].directory / "bin/cave"
    real = blocking.rename(blocking.with_name("real-cave"))
    blocking.write_text(f"#!/bin/sh\ntouch {lab.waiting}\nwhile :; do sleep 0.1; done\n")
    blocking.chmod(0o755)
    submit(run)
    worker = in_another_process("rqworker", "builds")
    try:
        assert eventually(lab.waiting.exists)
    finally:
        kill(worker)
    lab["forge"].reboot()
    real.replace(blocking)
    Run.objects.filter(pk=run.pk).update(leased_until=timezone.now() - LONG_AGO)
    look_after_runs()
    assert waiting_jobs() == [("builds", run.pk)]
    with following():
        assert eventually(lambda: is_over(run))
    assert run.state == RunState.SUCCEEDED, run.reason


def test_a_host_that_another_portal_uses_is_not_asked_all_the_time(
    redis: Redis, lab: Lab, builder: Host, repository: Repository
) -> None:
    run = build(repository, "sys-libs/inkwell")
    ours = remote_run(run)
    theirs = replace(ours, directory=ours.directory.with_name("other"), holder="another portal")
    with connected(builder) as transport:
        start_stage(transport, theirs, stage="executing1", body="sleep 60; status=0")
        assert eventually((Path(ours.lock) / "holder").exists)
    moving.move(run.pk)
    assert state_of(run) == RunState.PLANNING
    with following():
        assert eventually(lambda: state_of(run) == RunState.QUEUED)
    assert "another portal" in run.reason
    assert waiting_jobs() == []
    look_after_runs()
    assert waiting_jobs() == [("builds", run.pk)]


def test_two_jobs_for_one_run_move_it_once(redis: Redis, lab: Lab, builder: Host) -> None:
    run = queue_probe(host=builder, asked_by=None)
    assert run.take_lease("somebody", timezone.now() + LONG_AGO)
    moving.move(run.pk)
    assert state_of(run) == RunState.QUEUED
    run.drop_lease("somebody")
    moving.move(run.pk)
    assert state_of(run) == RunState.SUCCEEDED


def test_a_defect_of_ours_ends_the_run_and_is_not_hidden(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(*_: object) -> None:
        raise ZeroDivisionError("oh")

    run = make_run(state=RunState.STARTING)
    monkeypatch.setattr(moving, "advance", defect)
    with pytest.raises(ZeroDivisionError):
        moving.move(run.pk)
    assert state_of(run) == RunState.FAILED
    assert "ZeroDivisionError: oh" in run.reason
    assert run.lease == ""


def test_what_a_crash_left_of_a_publication_is_settled(
    redis: Redis, repository: Repository
) -> None:
    hanging = make_publication(repository.channels.get())
    Publication.objects.filter(pk=hanging.pk).update(state=PublicationState.PREPARED)
    settle_all_publications()
    assert not Publication.objects.filter(pk=hanging.pk).exists()
    assert Publication.objects.filter(state=PublicationState.PUBLISHED).count() == 1
