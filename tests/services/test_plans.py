"""Plans that are only looked at, sources synced before, and dependencies taken from binaries."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from pbins.models import (
    Entry,
    Host,
    Repository,
    Run,
    RunKind,
    RunState,
    StepAction,
)
from pbins.services.confirming import allowing_in_words
from pbins.services.errors import Refused
from pbins.services.following import remote_run
from pbins.services.layouts import distdir_on, location_on
from pbins.services.logs import log_size, read_log
from pbins.services.queueing import BuildChoices, build_planned, queue_build
from tests.fleets import Lab, drive, host_log, step_states


def build(
    repository: Repository,
    *specs: str,
    choices: BuildChoices | None = None,
    plan_only: bool = False,
) -> Run:
    return queue_build(
        repository=repository, specs=specs, choices=choices, plan_only=plan_only, asked_by=None
    )


def log_of(run: Run) -> bytes:
    return read_log(run, 0, log_size(run))


def contents(host: Host) -> Mapping[str, bytes]:
    """All that a builder is made of, but for its logs and what the portal keeps there."""
    root = Path(host.prefix)
    kept = (root / "etc", root / "var/db", root / "usr", Path(distdir_on(host, first())))
    files = (path for directory in kept for path in directory.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files}


def first() -> Repository:
    return Repository.objects.get()


def test_every_step_says_what_it_does_why_and_after_what(
    builder: Host, repository: Repository
) -> None:
    run = drive(build(repository, "app-shells/conch"))
    steps = {(step.action, step.name): step for step in run.steps.all()}
    fetch = steps[StepAction.FETCH, "app-shells/conch"]
    made = steps[StepAction.CREATE_BINARY, "app-shells/conch"]
    needed = [
        step.number
        for step in run.steps.filter(name="sys-libs/inkwell").exclude(action=StepAction.FETCH)
    ]
    assert (made.change, made.reasons, made.destination) == ("n", "target", "pbins")
    assert made.options.startswith("build_options:")
    assert sorted(made.waits_for) == sorted([fetch.number, *needed])
    assert fetch.waits_for == []
    assert "app-shells/conch" in steps[StepAction.CREATE_BINARY, "sys-libs/inkwell"].reasons


def test_what_is_executed_is_frozen_and_told(builder: Host, repository: Repository) -> None:
    choices = BuildChoices(
        make_dependencies="runtime",
        continue_on_failure=False,
        keep_targets="if-same",
        one_binary_per_slot=True,
        skip_tests=True,
    )
    run = drive(build(repository, "app-shells/conch", choices=choices))
    assert run.state == RunState.SUCCEEDED, run.reason
    for words in (
        "--make binaries --make-dependencies runtime --keep-targets if-same",
        "--one-binary-per-slot",
        f"--resume-file {remote_run(run).file('plan1')}",
    ):
        assert words in run.plan_command
    assert run.plan_command.endswith(" app-shells/conch")
    assert "--continue-on-failure never" in run.command
    assert "--skip-phase test" in run.command
    for command in (run.plan_command, run.command):
        assert command.encode() in log_of(run)


def test_a_plan_changes_nothing_and_can_be_built(builder: Host, repository: Repository) -> None:
    before = contents(builder)
    run = drive(build(repository, "app-shells/conch", plan_only=True))
    assert (run.state, run.verdict) == (RunState.SUCCEEDED, "planned")
    assert "2 binaries" in run.reason
    assert "Nothing was changed" in run.reason
    assert {state for _, _, state in step_states(run)} == {"pending"}
    assert contents(builder) == before
    assert not run.publications.exists()
    built = drive(build_planned(run=run, asked_by=None))
    assert (built.kind, built.state) == (RunKind.BUILD, RunState.SUCCEEDED)
    with pytest.raises(Refused, match="no plan only"):
        build_planned(run=built, asked_by=None)


@pytest.mark.parametrize("spec", ["dev-libs/jigsaw[<2]", "dev-util/pi-only", "dev-util/choosy"])
def test_a_plan_shows_what_a_build_would_ask_and_asks_nothing(
    builder: Host, repository: Repository, spec: str
) -> None:
    before = contents(builder)
    run = drive(build(repository, spec, plan_only=True))
    assert (run.state, run.verdict) == (RunState.FAILED, "blocked")
    shown = run.confirmations.get()
    assert shown.decision == "shown"
    assert str(shown) in run.reason
    assert bool(allowing_in_words(shown)) == (spec != "dev-util/choosy")
    assert contents(builder) == before


def test_a_plan_knows_what_the_policy_would_allow(builder: Host, repository: Repository) -> None:
    Repository.objects.filter(pk=repository.pk).update(allowed_beforehand=["not_best"])
    run = drive(build(repository, "dev-libs/jigsaw[<2]", plan_only=True))
    assert (run.state, run.verdict) == (RunState.SUCCEEDED, "planned")
    assert run.confirmations.get().by_policy


def test_sources_are_synced_first_and_the_binary_repository_never(
    lab: Lab, builder: Host, repository: Repository
) -> None:
    made = drive(build(repository, "sys-libs/inkwell"))
    assert made.state == RunState.SUCCEEDED
    pbins = sorted(Path(location_on(builder, repository)).rglob("*.pbin-*"))
    run = drive(build(repository, "app-shells/conch", choices=BuildChoices(sync_first=True)))
    assert run.state == RunState.SUCCEEDED, run.reason
    log = log_of(run)
    assert b"==> sync the sources: cave --colour no sync arbor" in log
    assert log.index(b"Sync results") < log.index(b"==> plan:")
    assert b"* pbins:" not in log
    assert set(pbins) <= set(Path(location_on(builder, repository)).rglob("*.pbin-*"))
    assert log == host_log(run)


def test_where_sources_can_not_be_synced_nothing_is_built(
    lab: Lab, builder: Host, repository: Repository
) -> None:
    conf = Path(builder.prefix) / "etc/paludis/repositories/arbor.conf"
    conf.write_text(f"{conf.read_text()}\nsync = git+file:///nowhere\n")
    run = drive(build(repository, "sys-libs/inkwell", choices=BuildChoices(sync_first=True)))
    assert run.state == RunState.FAILED
    assert "The sources were not synced" in run.reason
    assert "arbor" in run.reason
    assert not run.steps.exists()


def test_a_plan_does_not_sync(builder: Host, repository: Repository) -> None:
    with pytest.raises(Refused, match="a plan only looks"):
        build(repository, "a/b", choices=BuildChoices(sync_first=True), plan_only=True)


@pytest.fixture
def with_inkwell(builder: Host, repository: Repository) -> Host:
    """A builder whose repository holds sys-libs/inkwell, which is not installed."""
    assert drive(build(repository, "sys-libs/inkwell")).state == RunState.SUCCEEDED
    return builder


def test_dependencies_in_the_repository_are_installed_from_there(
    with_inkwell: Host, repository: Repository
) -> None:
    run = drive(build(repository, "app-shells/conch"))
    assert run.state == RunState.SUCCEEDED, run.reason
    assert run.attempt == 2
    left = [path.name for path in Path(remote_run(run).directory).glob("plan*1*")]
    assert left == ["planning1.claim"]
    log = log_of(run)
    assert b"==> install what is there already: " in log
    assert "=sys-libs/inkwell-6.4:0::pbins" in log.decode()
    assert [name for _, name, _ in step_states(run)] == ["app-shells/conch-4.2"] * 2
    told = [event.text for event in run.events.all()]
    assert "Dependencies were installed from pbins, not compiled again." in told
    assert sorted(str(entry.name) for entry in Entry.objects.served()) == [
        "app-shells/conch",
        "sys-libs/inkwell",
    ]
    assert log == host_log(run)


def test_a_plan_says_what_would_be_installed_from_there(
    with_inkwell: Host, repository: Repository
) -> None:
    run = drive(build(repository, "app-shells/conch", plan_only=True))
    (told,) = [event.text for event in run.events.all()]
    assert told == ("A build would install from pbins instead of compiling: sys-libs/inkwell-6.4.")
    assert b"==> install what is there" not in log_of(run)


def test_a_pbin_without_its_tarball_is_of_no_use(
    with_inkwell: Host, repository: Repository
) -> None:
    for tarball in Path(distdir_on(with_inkwell, repository)).glob("*inkwell*"):
        tarball.unlink()
    run = drive(build(repository, "app-shells/conch"))
    assert run.state == RunState.SUCCEEDED, run.reason
    assert (run.attempt, b"install what is there" in log_of(run)) == (1, False)


def test_where_preparing_fails_the_plan_is_executed_as_it_was(
    with_inkwell: Host, repository: Repository
) -> None:
    for tarball in Path(distdir_on(with_inkwell, repository)).glob("*inkwell*"):
        tarball.write_bytes(b"no tarball")
    run = drive(build(repository, "app-shells/conch"))
    assert run.state == RunState.SUCCEEDED, run.reason
    problems = [event.text for event in run.events.filter(is_problem=True)]
    assert any("so they are compiled" in text for text in problems), problems
    assert run.attempt == 1
