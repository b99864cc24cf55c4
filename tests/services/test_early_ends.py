"""Builds that end before their work has, and going on with their plans."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from demo.furnishing import git
from demo.processes import processes_of
from pbins.models import Entry, Host, Repository, Run, RunState
from pbins.services.errors import Refused
from pbins.services.following import Watch, remote_run
from pbins.services.kept_plans import Resumes
from pbins.services.layouts import distdir_on, location_on
from pbins.services.logs import log_size, read_log
from pbins.services.queueing import Terms, queue_build, retry_run
from pbins.services.retrying import resume_run
from pbins.services.runs import advance, cancel_run
from tests.fleets import Lab, drive, eventually, host_log, step_states


def build(repository: Repository, *specs: str, terms: Terms | None = None) -> Run:
    return queue_build(repository=repository, specs=specs, terms=terms, asked_by=None)


def latched(lab: Lab, repository: Repository, *, terms: Terms | None = None) -> Run:
    """One package is finished, the next one is being built until it is let go."""
    run = build(repository, "sys-libs/inkwell", "sys-libs/latch", terms=terms)
    drive(run, until=lab.waiting.exists)
    return drive(run, until=lambda: read_log(run, 0, log_size(run)) == host_log(run))


def served() -> list[str]:
    return [f"{entry.name}-{entry.version}" for entry in Entry.objects.served()]


@contextmanager
def persons_cave(host: Host, *words: str) -> Iterator[None]:
    """A process called cave, of this host, that a person started."""
    program = Path(host.prefix) / "tmp/cave"
    shutil.copy("/bin/sh", program)
    script = Path(host.prefix) / "tmp/resolve"
    script.write_text("sleep 60 & wait\n")
    with subprocess.Popen([program, *words], cwd=script.parent, start_new_session=True) as process:
        assert eventually(lambda: Path(f"/proc/{process.pid}/comm").read_text() == "cave\n")
        yield
        process.send_signal(signal.SIGKILL)


def test_it_says_what_is_built_now(lab: Lab, builder: Host, repository: Repository) -> None:
    run = latched(lab, repository)
    assert run.reason == "builds sys-libs/latch-1, 3 of 3"
    assert run.last_output_at is not None


def test_cancelling_keeps_what_was_finished_and_sweeps_what_was_not(
    lab: Lab, builder: Host, repository: Repository
) -> None:
    run = latched(lab, repository)
    distdir = Path(distdir_on(builder, repository))
    (distdir / "pbins--sys-libs--latch-1--C.1.2.3.C.tar").write_bytes(b"half")
    (distdir / "pbins--sys-libs--latch-1--C.1.2.4.C.tar.bz2").write_bytes(b"half")
    (distdir / "others--sys-libs--latch-1--C.1.2.5.C.tar").write_bytes(b"not ours")
    half = Path(location_on(builder, repository)) / "packages/sys-libs/latch"
    half.mkdir(parents=True, exist_ok=True)
    (half / "latch-1.pbin-1+exheres-0").write_text('# Created by\nCHOST="x86_64')
    cancel_run(run=run, asked_by=None)
    drive(run)
    assert run.state == RunState.CANCELLED
    assert not list(half.iterdir())
    assert run.reason == (
        "Cancelled; nothing of it is left running on forge."
        " 1 of 2 packages were finished; they are published."
    )
    assert processes_of(Path(builder.prefix)) == []
    assert served() == ["sys-libs/inkwell-6.4"]
    assert [name.name for name in distdir.glob("*latch*")] == [
        "others--sys-libs--latch-1--C.1.2.5.C.tar"
    ]
    assert any("half written" in event.text for event in run.events.all())
    assert read_log(run, 0, log_size(run)) == host_log(run)


def test_a_process_that_left_the_group_is_ended_too(
    lab: Lab, builder: Host, repository: Repository
) -> None:
    run = latched(lab, repository)
    mark = f"CAVE_FORMATS_CONF={remote_run(run).file('formats.conf')}"
    with subprocess.Popen(["setsid", "env", mark, "sleep", "60"]) as stray:
        cancel_run(run=run, asked_by=None)
        drive(run)
        assert stray.wait(timeout=10) != 0


@pytest.mark.parametrize(
    ("terms", "backwards", "words"),
    [
        (Terms(timeout_minutes=30), "started_at", "the time-out of this run is 30 minutes"),
        (Terms(), "started_at", "the time-out of runs of pbins is 1440 minutes"),
        (Terms(silence_minutes=5), "last_output_at", "this run may be silent for 5 minutes"),
    ],
)
def test_a_limit_ends_the_build_and_keeps_what_was_finished(
    lab: Lab, builder: Host, repository: Repository, terms: Terms, backwards: str, words: str
) -> None:
    run = latched(lab, repository, terms=terms)
    long_ago = timezone.now() - timedelta(days=2)
    Run.objects.filter(pk=run.pk).update(started_at=long_ago, last_output_at=timezone.now())
    if backwards == "last_output_at":
        recent = timezone.now() - timedelta(minutes=6)
        Run.objects.filter(pk=run.pk).update(started_at=recent, last_output_at=recent)
    drive(run)
    assert run.state == RunState.FAILED
    assert words in run.reason
    assert "builds sys-libs/latch-1" in run.reason
    assert "1 of 2 packages were finished" in run.reason
    assert served() == ["sys-libs/inkwell-6.4"]
    assert processes_of(Path(builder.prefix)) == []


def test_no_limit_is_none(lab: Lab, builder: Host, repository: Repository) -> None:
    run = latched(lab, repository, terms=Terms(timeout_minutes=0, silence_minutes=0))
    long_ago = timezone.now() - timedelta(days=30)
    Run.objects.filter(pk=run.pk).update(started_at=long_ago, last_output_at=long_ago)
    assert advance(run, Watch()) is not None
    run.refresh_from_db()
    assert run.state == RunState.EXECUTING


def test_what_was_finished_before_a_restart_of_the_builder_is_published(
    lab: Lab, builder: Host, repository: Repository
) -> None:
    run = latched(lab, repository)
    lab["forge"].reboot()
    drive(run)
    assert (run.state, run.failure) == (RunState.LOST, "lost")
    assert "1 of 2 packages were finished" in run.reason
    assert served() == ["sys-libs/inkwell-6.4"]


def test_a_persons_own_cave_is_waited_for_by_name(
    lab: Lab, builder: Host, repository: Repository
) -> None:
    run = build(repository, "sys-libs/inkwell")
    with persons_cave(builder, "resolve", "world"):
        drive(run)
        assert run.state == RunState.QUEUED
        assert "forge is in use by “" in run.reason
        assert "tmp/cave resolve world” of the user " in run.reason
        assert not Path(remote_run(run).file("planning1.claim")).exists()
    assert drive(run).state == RunState.SUCCEEDED


def test_a_plan_is_gone_on_with_after_a_cancel(
    lab: Lab, builder: Host, repository: Repository
) -> None:
    run = latched(lab, repository)
    cancel_run(run=run, asked_by=None)
    drive(run)
    lab.gate.touch()
    again = drive(resume_run(run=run, what=Resumes.FAILED, asked_by=None))
    assert (again.state, again.reason) == (RunState.SUCCEEDED, "1 published.")
    assert [name for action, name, _ in step_states(again) if action == "create_binary"] == [
        "sys-libs/latch-1"
    ]
    assert again.retry_of == run
    assert "--retry-failed" in again.command
    assert "--retry-skipped" not in again.command
    with pytest.raises(Refused, match="Everything in the plan"):
        resume_run(run=again, what=Resumes.FAILED, asked_by=None)


def test_what_failed_and_what_was_skipped_for_it_are_tried_again(
    builder: Host, repository: Repository
) -> None:
    run = drive(build(repository, "sys-libs/inkwell", "dev-util/needs-broken"))
    assert run.state == RunState.PARTIAL
    again = drive(resume_run(run=run, what=Resumes.FAILED_AND_SKIPPED, asked_by=None))
    assert again.state == RunState.FAILED
    assert "--retry-skipped" in again.command
    names = {name for _, name, _ in step_states(again)}
    assert {"dev-util/broken-1", "dev-util/needs-broken-1"} <= names
    assert ("create_binary", "sys-libs/inkwell-6.4", "succeeded") not in step_states(again)
    assert "resumes" not in retry_run(run=again, asked_by=None).choices


def test_a_plan_that_is_gone_is_refused(builder: Host, repository: Repository) -> None:
    run = drive(build(repository, "dev-util/broken"))
    Path(remote_run(run).file("plan1")).unlink()
    with pytest.raises(Refused, match=r"not on forge any more.*fresh plan"):
        resume_run(run=run, what=Resumes.FAILED, asked_by=None)


def test_sources_that_have_changed_are_refused(builder: Host, repository: Repository) -> None:
    run = drive(build(repository, "dev-util/broken"))
    arbor = Path(builder.prefix) / "var/db/paludis/repositories/arbor"
    git(arbor, "commit", "--quiet", "--allow-empty", "--message=Mend broken")
    with pytest.raises(Refused, match=r"arbor has changed on forge.*fresh plan"):
        resume_run(run=run, what=Resumes.FAILED, asked_by=None)


def test_a_run_that_made_no_plan_can_not_be_gone_on_with(
    builder: Host, repository: Repository
) -> None:
    run = drive(build(repository, "sys-libs/no-such-thing"))
    with pytest.raises(Refused, match="executed no plan"):
        resume_run(run=run, what=Resumes.FAILED, asked_by=None)


def test_builds_give_way_as_their_host_says(builder: Host, repository: Repository) -> None:
    Host.objects.filter(pk=builder.pk).update(nice=7, idle_io=True)
    run = drive(build(repository, "sys-libs/inkwell"))
    assert run.state == RunState.SUCCEEDED
    script = Path(remote_run(run).file("executing1.sh")).read_text()
    assert "command -v nice" in script
    assert "nice -n 7" in script
    assert "ionice -c 3" in script
