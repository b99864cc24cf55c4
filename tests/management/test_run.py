"""``manage.py run``."""

from pathlib import Path

import pytest
from pytest_django import Settings

from pbins.management.commands import run as run_command
from pbins.models import Decision, Host, Run, RunKind, RunState, StepAction
from pbins.services.logs import log_of
from tests.factories import make_channel, make_host, make_publication, make_repository
from tests.management.conftest import Shell, Workers


@pytest.fixture(autouse=True)
def data_dir(settings: Settings, tmp_path: Path) -> None:
    settings.PBINS_DATA_DIR = tmp_path


@pytest.fixture
def run(db: None) -> Run:
    channel = make_channel(make_repository("pbins"))
    return Run.objects.create(
        kind=RunKind.BUILD,
        host=make_host("builder", is_builder=True),
        repository=channel.repository,
        channel=channel,
        specs=["sys-test/hello"],
        state=RunState.EXECUTING,
        reason="1 of 2 steps",
    )


def ask(run: Run, *kinds: str) -> None:
    Run.objects.update(state=RunState.CONFIRMING)
    for kind in kinds:
        permit = "package_unmask.conf" if kind == "masked" else f"--permit-{kind} cat/pkg:0"
        run.confirmations.create(kind=kind, resolvent="cat/pkg:0", permit=permit)


def test_show_tells_everything_in_order(manage: Shell, run: Run) -> None:
    run.steps.create(
        number=1, action=StepAction.FETCH, name="sys-test/hello", version="1.0", origin="arbor"
    )
    run.events.create(text="The log was lost.", is_problem=True)
    make_publication(run.channel, run=run)  # type: ignore[arg-type]
    ended = manage("run", "show", str(run.pk))
    lines = ended.out.splitlines()
    assert ended.exit == 0
    assert lines[:3] == [f"run {run.pk}", "build on builder: executing", "1 of 2 steps"]
    assert "specs: sys-test/hello" in lines
    assert "    1. fetch sys-test/hello-1.0 — pending" in lines
    assert any("The log was lost." in line for line in lines)
    assert lines[-1].startswith("published as ")


def test_show_as_json_holds_the_plan_and_what_became_of_it(manage: Shell, run: Run) -> None:
    run.steps.create(
        number=1, action=StepAction.FETCH, name="sys-test/hello", version="1.0", origin="arbor"
    )
    ask(run, "downgrade")
    said = manage("run", "show", str(run.pk), "--json").json
    assert said["run"] == run.pk
    assert said["state"] == "confirming"
    assert said["specs"] == ["sys-test/hello"]
    assert said["steps"][0]["name"] == "sys-test/hello"
    assert said["confirmations"][0]["decision"] == "open"
    assert said["confirmations"][0]["meaning"] == "an older version would replace a newer one"
    assert said["publications"] == []


def test_the_list_can_be_narrowed(manage: Shell, run: Run) -> None:
    other = Run.objects.create(kind=RunKind.PROBE, host=make_host("web1"))
    numbers = {
        argv: [line["run"] for line in manage("run", "list", *argv, "--json").json]
        for argv in (
            (),
            ("--host", "web1"),
            ("--repository", "pbins"),
            ("--state", "executing"),
            ("--limit", "1"),
            ("--limit", "0"),
        )
    }
    assert list(numbers.values()) == [
        [other.pk, run.pk],
        [other.pk],
        [run.pk],
        [run.pk],
        [other.pk],
        [],
    ]


def test_the_list_tells_state_and_reason(manage: Shell, run: Run) -> None:
    assert "build of pbins on builder, executing: 1 of 2 steps" in manage("run", "list").out
    assert manage("run", "list", "--state", "lost").out == "There are no such runs.\n"


def test_the_log_is_printed_as_it_is(manage: Shell, run: Run) -> None:
    log_of(run).append("Grüße\n".encode() * 100_000)
    assert manage("run", "log", str(run.pk)).out == "Grüße\n" * 100_000


def test_the_log_is_followed_to_the_end(
    manage: Shell, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    umlaut = "ü".encode()
    pieces = [b"one\n" + umlaut[:1], umlaut[1:] + b"\n", b"last words\n"]

    def go_on(_: float) -> None:
        log_of(run).append(pieces.pop(0))
        if not pieces:
            Run.objects.update(state=RunState.SUCCEEDED)

    monkeypatch.setattr(run_command, "sleep", go_on)
    ended = manage("run", "log", str(run.pk), "--follow")
    assert (ended.exit, ended.out) == (0, "one\nü\nlast words\n")


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (b"\x1b[1;32mgreen\x1b[0m\n", "\x1b[1;32mgreen\x1b[0m\n"),
        (b"\x1b]0;a title\x07text\n", "text\n"),
        (b"\x1b]52;c;aGVsbG8=\x1b\\text\n", "text\n"),
        (b"\x1b[2J\x1b[Htext\n", "text\n"),
        (b"\x1bctext\x00\x7f\n", "ctext\n"),
        (b"1 of 9\b\b\b\b\b\b2 of 9\n", "1 of 9\b\b\b\b\b\b2 of 9\n"),
        (b"10%\r20%\tdone\n", "10%\r20%\tdone\n"),
        (b"bro\xffken\n", "bro\ufffdken\n"),
    ],
)
def test_a_log_cannot_drive_the_terminal(
    manage: Shell, run: Run, printed: bytes, shown: str
) -> None:
    log_of(run).append(printed)
    said = manage("run", "log", str(run.pk), "--json").json
    assert said["log"] == shown


def test_ctrl_c_ends_following_the_log_and_not_the_run(
    manage: Shell, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_command, "sleep", interrupt)
    ended = manage("run", "log", str(run.pk), "--follow")
    assert ended.exit == 130
    assert "goes on without you" in ended.err


def test_a_queued_run_is_cancelled_at_once(manage: Shell, run: Run) -> None:
    Run.objects.update(state=RunState.QUEUED)
    ended = manage("run", "cancel", str(run.pk))
    assert ended.exit == 0
    assert ended.out.splitlines()[0] == f"run {run.pk}"
    assert Run.objects.get().state == RunState.CANCELLED


def test_a_run_under_way_is_told_to_stop(manage: Shell, run: Run) -> None:
    ended = manage("run", "cancel", str(run.pk))
    assert ended.exit == 0
    assert "told to stop" in ended.out
    assert Run.objects.get().cancel_asked


def test_what_has_ended_is_not_cancelled(manage: Shell, run: Run) -> None:
    Run.objects.update(state=RunState.SUCCEEDED)
    assert manage("run", "cancel", str(run.pk)).exit == 2


def test_a_retry_is_a_new_run_with_a_number_of_its_own(
    manage: Shell, run: Run, workers: Workers
) -> None:
    Run.objects.update(state=RunState.FAILED)
    ended = manage("run", "retry", str(run.pk), "--json")
    retried = Run.objects.exclude(pk=run.pk).get()
    assert ended.exit == 0
    assert ended.json["run"] == retried.pk
    assert retried.retry_of == run
    assert workers.submitted == [retried]


@pytest.mark.parametrize("what", ["--failed", "--failed-and-skipped"])
def test_only_an_executed_plan_can_be_gone_on_with(
    manage: Shell, run: Run, workers: Workers, what: str
) -> None:
    Run.objects.update(state=RunState.FAILED)
    ended = manage("run", "retry", str(run.pk), what)
    assert ended.exit == 2
    assert "executed no plan" in ended.err
    assert manage("run", "retry", str(run.pk), what, "--fresh").exit == 2
    assert not workers.submitted


def test_what_a_run_has_made_is_collected_by_a_new_one(
    manage: Shell, run: Run, workers: Workers
) -> None:
    Run.objects.update(state=RunState.LOST, command="cave resume")
    run.steps.create(number=9, action="create_binary", name="a/b", version="1", state="succeeded")
    ended = manage("run", "collect", str(run.pk), "--json")
    again = Run.objects.exclude(pk=run.pk).get()
    assert (ended.exit, again.retry_of) == (0, run)
    assert workers.submitted == [again]
    Run.objects.filter(pk=run.pk).update(state=RunState.SUCCEEDED)
    assert manage("run", "collect", str(run.pk)).exit == 2


def test_a_run_under_way_is_not_retried(manage: Shell, run: Run, workers: Workers) -> None:
    assert manage("run", "retry", str(run.pk)).exit == 2
    assert not workers.submitted


def test_allowing_all_lets_the_run_go_on(manage: Shell, run: Run, workers: Workers) -> None:
    ask(run, "downgrade", "uninstall")
    ended = manage("run", "allow", str(run.pk))
    assert (ended.exit, ended.out.splitlines()) == (0, [f"run {run.pk}"])
    assert Run.objects.get().state == RunState.QUEUED
    assert {one.decision for one in run.confirmations.all()} == {Decision.ALLOWED}
    assert workers.submitted == [run]


def test_allowing_one_of_two_leaves_the_run_waiting(
    manage: Shell, run: Run, workers: Workers
) -> None:
    ask(run, "downgrade", "uninstall")
    first = run.confirmations.all()[0]
    assert manage("run", "allow", str(run.pk), "--confirmation", str(first.pk)).exit == 0
    assert Run.objects.get().state == RunState.CONFIRMING
    assert not workers.submitted


def test_denying_ends_the_run(manage: Shell, run: Run, workers: Workers) -> None:
    ask(run, "downgrade", "uninstall")
    ended = manage("run", "deny", str(run.pk))
    assert ended.exit == 0
    assert Run.objects.get().state == RunState.CANCELLED
    assert not workers.submitted


def test_what_no_option_of_cave_permits_is_refused_and_nothing_is_allowed(
    manage: Shell, run: Run, workers: Workers
) -> None:
    ask(run, "downgrade", "masked")
    ended = manage("run", "allow", str(run.pk))
    assert ended.exit == 2
    assert "package_unmask.conf" in ended.err
    assert {one.decision for one in run.confirmations.all()} == {Decision.OPEN}


def test_undecided_options_are_chosen_by_name(manage: Shell, run: Run, workers: Workers) -> None:
    Run.objects.update(state=RunState.CONFIRMING)
    run.confirmations.create(
        kind="undecided_options",
        resolvent="cat/pkg:0",
        permit="options.conf",
        detail="Exactly one of options ( engine:steam, engine:diesel ) must be met",
    )
    shown = manage("run", "show", str(run.pk)).out
    assert "Exactly one of options ( engine:steam, engine:diesel ) must be met" in shown
    assert manage("run", "allow", str(run.pk)).exit == 2
    refused = manage("run", "answer", str(run.pk), "engine:steam", "engine:diesel")
    assert (refused.exit, "cave would refuse this choice" in refused.err) == (2, True)
    assert manage("run", "answer", str(run.pk), "engine:steam").exit == 0
    assert run.confirmations.get().line == "cat/pkg:0 engine: steam -diesel"
    assert workers.submitted == [run]


def test_what_was_only_planned_can_be_built(manage: Shell, run: Run, workers: Workers) -> None:
    assert manage("run", "build", str(run.pk)).exit == 2
    Run.objects.update(kind="plan", state=RunState.SUCCEEDED)
    assert manage("run", "build", str(run.pk)).exit == 0
    built = Run.objects.exclude(pk=run.pk).get()
    assert (built.kind, built.specs, built.retry_of) == ("build", run.specs, run)
    assert workers.submitted == [built]


@pytest.mark.parametrize("verb", ["allow", "deny"])
def test_nothing_is_decided_where_nothing_was_asked(
    manage: Shell, run: Run, workers: Workers, verb: str
) -> None:
    assert manage("run", verb, str(run.pk)).exit == 2
    ask(run, "downgrade")
    assert manage("run", verb, str(run.pk), "--confirmation", "99999").exit == 2


@pytest.mark.parametrize("verb", ["show", "log", "cancel", "retry", "collect", "allow", "deny"])
@pytest.mark.parametrize("number", ["99999", "twelve"])
def test_an_unknown_run_is_refused(manage: Shell, db: None, verb: str, number: str) -> None:
    ended = manage("run", verb, number)
    assert (ended.exit, ended.out) == (2, "")
    assert number in ended.err
    assert not Host.objects.exists()
