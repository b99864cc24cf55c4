"""What goes wrong on hosts and on our own disk: each ends in a state that says what to do."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import override_settings

from demo.fleet import StandInHost
from demo.processes import processes_of
from pbins.models import Entry, Host, HostState, Repository, Run, RunState, StepState
from pbins.services.connection import connected
from pbins.services.ending import end_processes
from pbins.services.following import Watch, follow, remote_run
from pbins.services.logs import log_size, read_log
from pbins.services.queueing import queue_build, queue_probe, queue_sync
from pbins.services.remote import LOCKLESS_EXIT, RemoteRun, poll, start_stage
from pbins.services.runs import advance, cancel_run
from pbins.services.waiting import next_in_line
from pbins.storage.distfiles import Distfiles
from pbins.storage.errors import StorageFull
from pbins.storage.runlog import RunLog
from tests.fleets import Lab, drive, eventually, host_log, step_states


@pytest.fixture
def forge(lab: Lab, builder: Host) -> StandInHost:
    """The machine behind ``builder``."""
    return lab["forge"]


def build(repository: Repository, *specs: str) -> Run:
    return queue_build(repository=repository, specs=specs or ["app-misc/held"], asked_by=None)


def held_build(lab: Lab, repository: Repository) -> Run:
    """A run whose build is under way on the host, until ``lab.gate`` is there."""
    run = drive(build(repository), until=lab.waiting.exists)
    assert run.state == RunState.EXECUTING
    return run


def leader(run: Run, stage: str) -> int:
    """The process group of a stage on the host."""
    return int(Path(remote_run(run).file(f"{stage}.pid")).read_text())


# What is in the way before anything begins


def goes_down(machine: StandInHost, host: Host) -> None:
    machine.down()


def refuses_the_key(machine: StandInHost, host: Host) -> None:
    (machine.directory / "authorized_keys").write_text("")


def is_not_trusted_yet(machine: StandInHost, host: Host) -> None:
    Host.objects.update(host_key="")


def was_installed_anew(machine: StandInHost, host: Host) -> None:
    machine.change_host_key()


def has_no_cave(machine: StandInHost, host: Host) -> None:
    (machine.directory / "bin/cave").unlink()


def has_an_old_cave(machine: StandInHost, host: Host) -> None:
    (machine.directory / "bin/cave").write_text("#!/bin/sh\necho cave 0.60.2\n")


def has_a_broken_cave(machine: StandInHost, host: Host) -> None:
    broken = "#!/bin/sh\n[ $1 = --version ] && echo cave 3.0.1 || { echo no arbor >&2; exit 1; }\n"
    (machine.directory / "bin/cave").write_text(broken)


@pytest.mark.parametrize(
    ("happens", "state", "words"),
    [
        (goes_down, HostState.UNREACHABLE, ["127.0.0.1", "refused"]),
        (refuses_the_key, HostState.REFUSED, ["authorized_keys"]),
        (is_not_trusted_yet, HostState.UNTRUSTED, ["SHA256:", "trust"]),
        (was_installed_anew, HostState.UNTRUSTED, ["SHA256:", "trust"]),
        (has_no_cave, HostState.UNFIT, ["no cave on this host", "Install Paludis"]),
        (has_an_old_cave, HostState.UNFIT, ["0.60.2 is too old", "2.0 or newer"]),
        (has_a_broken_cave, HostState.UNFIT, ["cave does not work", "no arbor"]),
    ],
)
def test_a_probe_tells_what_is_wrong_with_a_host(
    lab: Lab,
    forge: StandInHost,
    builder: Host,
    happens: Callable[[StandInHost, Host], None],
    state: HostState,
    words: list[str],
) -> None:
    happens(forge, builder)
    run = drive(queue_probe(host=builder, asked_by=None))
    builder.refresh_from_db()
    assert (run.state, builder.state) == (RunState.FAILED, state)
    assert builder.state_reason == run.reason
    assert all(word in run.reason for word in words), run.reason


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (goes_down, ["127.0.0.1", "refused"]),
        (refuses_the_key, ["authorized_keys"]),
        (was_installed_anew, ["SHA256:", "trust"]),
        (has_no_cave, ["no cave on this host", "Install Paludis"]),
        (has_a_broken_cave, ["no arbor"]),
    ],
)
def test_a_build_fails_with_the_same_words_before_it_begins(
    lab: Lab,
    forge: StandInHost,
    builder: Host,
    repository: Repository,
    happens: Callable[[StandInHost, Host], None],
    words: list[str],
) -> None:
    happens(forge, builder)
    run = drive(build(repository))
    assert run.state == RunState.FAILED
    assert all(word in run.reason for word in words), run.reason


def test_a_probe_finds_what_a_good_host_has(forge: StandInHost, builder: Host) -> None:
    run = drive(queue_probe(host=builder, asked_by=None))
    builder.refresh_from_db()
    assert (run.state, builder.state) == (RunState.SUCCEEDED, HostState.READY)
    assert builder.cave_version.startswith("cave 3.0.1")
    assert builder.repositories_found == ["arbor", "installed", "pbins"]


def test_a_host_that_answers_again_is_no_longer_unreachable(
    lab: Lab, forge: StandInHost, builder: Host, repository: Repository
) -> None:
    forge.down()
    drive(build(repository))
    forge.up()
    drive(build(repository, "sys-libs/inkwell"))
    builder.refresh_from_db()
    assert (builder.state, builder.state_reason) == (HostState.READY, "")


def test_a_key_sealed_with_another_secret_says_so(
    forge: StandInHost, builder: Host, repository: Repository
) -> None:
    with override_settings(SECRET_KEY="another" * 10):
        run = drive(build(repository))
    assert run.state == RunState.FAILED
    assert "PBINS_SECRET_KEY_FILE" in run.reason


# Full disks


def test_a_full_disk_on_the_builder_is_named_and_what_was_published_stays(
    forge: StandInHost, builder: Host, repository: Repository
) -> None:
    drive(build(repository, "sys-libs/inkwell"))
    before = Entry.objects.get()
    forge.fill_disk()
    run = drive(build(repository, "sys-libs/inkwell", "dev-libs/jigsaw"))
    assert run.state == RunState.FAILED
    assert "The disk of forge was full; free some space there" in run.reason
    assert Entry.objects.get() == before


@pytest.mark.parametrize(("door", "act"), [(RunLog, "append"), (Distfiles, "admit")])
def test_a_full_disk_of_the_portal_is_waited_out(
    forge: StandInHost,
    builder: Host,
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    door: type,
    act: str,
    data_dir: Path,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageFull(data_dir)

    run = build(repository, "sys-libs/inkwell")
    with monkeypatch.context() as disk:
        disk.setattr(door, act, full)
        drive(run, until=lambda: "no space left" in Run.objects.get(pk=run.pk).reason)
        assert str(data_dir) in run.reason
        assert not Entry.objects.exists()
        assert run.events.filter(is_problem=True).count() == 1
    drive(run)
    assert (run.state, run.reason) == (RunState.SUCCEEDED, "1 published.")
    assert read_log(run, 0, log_size(run)) == host_log(run)


def test_a_host_that_can_not_make_its_lock_says_so(
    forge: StandInHost, builder: Host, repository: Repository
) -> None:
    """What its wrapper leaves after ten vain tries, a second apart."""
    run = build(repository)
    Run.objects.filter(pk=run.pk).update(state=RunState.PLANNING)
    directory = Path(remote_run(run).directory)
    (directory / "planning1.claim").mkdir(parents=True)
    (directory / "planning1.exit").write_text(f"{LOCKLESS_EXIT}\n")
    (directory / "log").touch()
    drive(run)
    assert run.state == RunState.LOST
    assert f"The lock {remote_run(run).lock} can't be made" in run.reason


def test_what_a_plan_said_before_is_not_taken_for_what_the_next_one_says(
    forge: StandInHost, builder: Host, repository: Repository
) -> None:
    """A stage is looked at in the moment between its first file and the one with its offset."""
    run = drive(build(repository, "sys-libs/inkwell"))
    directory, watch = Path(remote_run(run).directory), Watch()
    (directory / "planning2.claim").mkdir()
    (directory / "planning2.boot").write_text((directory / "planning1.boot").read_text())
    (directory / "planning2.pid").write_text(f"{os.getpgid(0)}\n")
    with connected(builder) as transport:
        assert follow(run, transport, stage="planning2", watch=watch) is None
        assert watch.stage == ""
        (directory / "planning2.offset").write_text("7\n")
        assert follow(run, transport, stage="planning2", watch=watch) is None
    assert (watch.stage, watch.fed > 7) == ("planning2", True)


# Two who want the same host


def test_a_second_build_waits_and_says_for_which(
    lab: Lab, forge: StandInHost, builder: Host, repository: Repository
) -> None:
    first = held_build(lab, repository)
    second, third = build(repository, "sys-libs/inkwell"), build(repository, "dev-libs/jigsaw")
    for run in (second, third):
        assert advance(run, Watch()) is None
        run.refresh_from_db()
        assert run.state == RunState.QUEUED
        assert f"run {first.pk} (build)" in run.reason
    lab.gate.touch()
    assert drive(first).state == RunState.SUCCEEDED
    assert advance(third, Watch()) is None
    third.refresh_from_db()
    assert f"run {second.pk} (build) comes first" in third.reason
    assert drive(second).state == RunState.SUCCEEDED


def test_a_probe_waits_for_nobody(
    lab: Lab, forge: StandInHost, builder: Host, repository: Repository
) -> None:
    held_build(lab, repository)
    waiting = build(repository, "sys-libs/inkwell")
    probe = queue_probe(host=builder, asked_by=None)
    assert next_in_line([waiting, probe]) == [probe, waiting]
    assert drive(probe).state == RunState.SUCCEEDED


def test_a_drained_host_begins_nothing(
    forge: StandInHost, builder: Host, repository: Repository
) -> None:
    Host.objects.update(drained=True)
    run = drive(build(repository))
    assert (run.state, run.started_at) == (RunState.QUEUED, None)
    assert "forge is drained" in run.reason


def test_a_host_that_another_portal_uses_is_waited_for_by_name(
    forge: StandInHost, builder: Host, repository: Repository
) -> None:
    run = build(repository, "sys-libs/inkwell")
    ours = remote_run(run)
    theirs = RemoteRun(ours.directory.with_name("other"), ours.lock, "the portal on elsewhere")
    with connected(builder) as transport:
        start_stage(transport, theirs, stage="executing1", body="sleep 60; status=0")
        assert eventually((Path(ours.lock) / "holder").exists)
        drive(run)
        assert (run.state, run.attempt) == (RunState.QUEUED, 2)
        assert run.reason == "Waits: forge is in use by the portal on elsewhere."
        end_processes(transport, theirs)
    assert drive(run).state == RunState.SUCCEEDED


def test_a_lock_whose_holder_is_dead_is_taken_over(
    forge: StandInHost, builder: Host, repository: Repository
) -> None:
    run = build(repository, "sys-libs/inkwell")
    lock = Path(remote_run(run).lock)
    lock.mkdir(parents=True)
    (lock / "pid").write_text(f"{2**22 + 1}\n")
    (lock / "boot").write_text(Path("/proc/sys/kernel/random/boot_id").read_text())
    (lock / "holder").write_text("somebody\n")
    assert drive(run).state == RunState.SUCCEEDED
    assert not lock.exists()


# What happens in the middle


def test_what_was_killed_on_the_host_is_lost(
    lab: Lab, forge: StandInHost, builder: Host, repository: Repository
) -> None:
    run = held_build(lab, repository)
    os.killpg(leader(run, "executing1"), signal.SIGKILL)
    drive(run)
    assert run.state == RunState.LOST
    assert "without leaving an exit status" in run.reason
    assert "Retry" in run.reason
    assert not run.steps.filter(state=StepState.ACTIVE).exists()


def test_a_host_that_was_restarted_has_lost_its_run(
    lab: Lab, forge: StandInHost, builder: Host, repository: Repository
) -> None:
    run = held_build(lab, repository)
    forge.reboot()
    assert drive(run).state == RunState.LOST
    assert read_log(run, 0, log_size(run)) == host_log(run)


def test_a_run_whose_directory_is_gone_is_lost(
    lab: Lab, forge: StandInHost, builder: Host, repository: Repository
) -> None:
    """As after a reinstallation of the host."""
    run = held_build(lab, repository)
    os.killpg(leader(run, "executing1"), signal.SIGKILL)
    directory = Path(remote_run(run).directory)
    directory.rename(directory.with_name("elsewhere"))
    drive(run)
    assert run.state == RunState.LOST
    assert "is gone" in run.reason
    assert not run.steps.filter(state=StepState.SUCCEEDED, action="create_binary").exists()


def test_a_cut_connection_loses_nothing(
    lab: Lab, forge: StandInHost, builder: Host, repository: Repository
) -> None:
    run = held_build(lab, repository)
    watch = Watch()
    advance(run, watch)
    forge.down()
    assert advance(run, watch) is not None
    run.refresh_from_db()
    assert run.state == RunState.EXECUTING
    assert "may go on" in run.reason
    lab.gate.touch()
    forge.up()
    drive(run, watch=watch)
    assert (run.state, run.problems) == (RunState.SUCCEEDED, 0)
    assert read_log(run, 0, log_size(run)) == host_log(run)


def test_whoever_follows_may_change_at_any_look(
    forge: StandInHost, builder: Host, repository: Repository, lab: Lab
) -> None:
    run = build(repository, "sys-libs/inkwell", "dev-libs/jigsaw")
    while advance(run, Watch()) is not None:
        pass
    run.refresh_from_db()
    assert run.state == RunState.SUCCEEDED
    assert {state for _, _, state in step_states(run)} == {"succeeded"}
    assert read_log(run, 0, log_size(run)) == host_log(run)


def test_a_start_that_was_sent_twice_runs_once(
    forge: StandInHost, builder: Host, repository: Repository
) -> None:
    where = remote_run(build(repository))
    counted = "echo once >> log; status=0"
    with connected(builder) as transport:
        for _ in range(3):
            start_stage(transport, where, stage="executing1", body=counted)
        assert eventually(
            lambda: poll(transport, where, stage="executing1", offset=0).exit is not None
        )
        start_stage(transport, where, stage="executing1", body=counted)
        assert poll(transport, where, stage="executing1", offset=0).data == b"once\n"


# Cancelling


def test_what_has_not_begun_is_cancelled_at_once(builder: Host, repository: Repository) -> None:
    run = build(repository)
    cancel_run(run=run, asked_by=None)
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert advance(run, Watch()) is None


@pytest.mark.parametrize(
    "state", [RunState.STARTING, RunState.PLANNING, RunState.EXECUTING, RunState.CONFIRMING]
)
def test_cancelling_leaves_nothing_running(
    lab: Lab, forge: StandInHost, builder: Host, repository: Repository, state: RunState
) -> None:
    spec = "dev-libs/jigsaw[<2]" if state == RunState.CONFIRMING else "app-misc/held"
    run = build(repository, spec)
    if state == RunState.STARTING:
        run.move(state)
    drive(run, until=lambda: Run.objects.get(pk=run.pk).state == state)
    assert run.state == state
    cancel_run(run=run, asked_by=None)
    drive(run)
    assert run.state == RunState.CANCELLED
    assert run.reason.startswith("Cancelled")
    assert processes_of(forge.directory) == []
    assert not run.steps.filter(state=StepState.ACTIVE).exists()
    assert not Path(remote_run(run).lock).exists()
    assert drive(build(repository, "sys-libs/inkwell")).state == RunState.SUCCEEDED


def test_a_build_under_way_is_ended_with_all_its_processes(
    lab: Lab, forge: StandInHost, builder: Host, repository: Repository
) -> None:
    run = held_build(lab, repository)
    assert processes_of(forge.directory) != []
    cancel_run(run=run, asked_by=None)
    drive(run)
    assert run.state == RunState.CANCELLED
    assert processes_of(forge.directory) == []
    assert read_log(run, 0, log_size(run)) == host_log(run)


def test_cancelling_spares_processes_that_only_have_an_old_number_of_ours(
    forge: StandInHost, builder: Host, repository: Repository
) -> None:
    """A stage that ended hours ago: its process group may be anybody's now."""
    run = build(repository, "sys-libs/inkwell")
    drive(run)
    where = remote_run(run)
    with connected(builder) as transport:
        transport.run("setsid sleep 60 </dev/null >/dev/null 2>&1 & echo $! > tmp/stranger")
        stranger = int((forge.directory / "tmp/stranger").read_text())
        assert eventually(lambda: os.getpgid(stranger) == stranger)
        Path(where.file("planning1.pid")).write_text(f"{stranger}\n")
        end_processes(transport, where)
    assert os.getpgid(stranger) == stranger


def test_a_stage_that_is_started_while_it_is_cancelled_does_not_run(
    forge: StandInHost, builder: Host, repository: Repository
) -> None:
    where = remote_run(build(repository))
    with connected(builder) as transport:
        start_stage(transport, where, stage="planning1", body="status=0")
        end_processes(transport, where)
        start_stage(transport, where, stage="executing1", body="touch worked; status=0")
        eventually(lambda: not processes_of(forge.directory))
    assert not Path(where.file("worked")).exists()


def test_a_consumer_is_cancelled_as_well(
    lab: Lab, repository: Repository, consumers: list[Host]
) -> None:
    (run,) = queue_sync(repository=repository, hosts=consumers[:1], asked_by=None).runs.all()
    run.move(RunState.STARTING)
    cancel_run(run=run, asked_by=None)
    assert drive(run).state == RunState.CANCELLED
