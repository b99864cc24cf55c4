"""A build, from the plan to the end of cave (DESIGN: Life of a build)."""

import re

from pbins.models import Run, RunState
from pbins.paludis import cave
from pbins.paludis.errors import ParseError
from pbins.paludis.outcome import Outcome, Purpose, judge
from pbins.paludis.plan import IncompletePlan, Plan, parse_plan
from pbins.paludis.plan_events import Confirmation, PlannedStep
from pbins.paludis.transcript import read_transcript
from pbins.services.following import Watch, follow, note, remote_run, sentence, write_formats
from pbins.services.planning import (
    build_resolution,
    settle_steps,
    store_confirmations,
    store_steps,
)
from pbins.services.provision import check_masters, configured_repositories
from pbins.services.remote import HostTrouble, logged, start_stage
from pbins.transport.contract import Transport
from pbins.transport.errors import RemoteFileMissing

POLL_SECONDS = 0.3
ANSWERED = {b"0", b"3"}  # 3: the configuration would have to change, which the gate tells too
GATE_LINE = re.compile(rb"\S+/\S+::\(\w+\) ")
PLAN_LIMIT = 256 * 2**20

GATE = """\
if [ "$status" != 1 ]; then
    printf '%s\\n' {heading} >> log
    clean {command} > {gate}.out 2> {gate}.err </dev/null
    echo $? > {gate}.exit
    grep '::(' {gate}.out | sed 's/^/==> needs permission: /' >> log
fi
"""


def begin_planning(run: Run, transport: Transport) -> float:
    """Start cave's planning on the builder; harmless when it was started already."""
    if run.state == RunState.STARTING:
        check_masters(transport, run.home)
        _check_provisioned(run, transport)
    where = remote_run(run)
    resolution = build_resolution(run)
    plan_file = where.directory / f"plan{run.attempt}"
    gate = cave.required_confirmations(resolution)
    body = (
        write_formats(run)
        + logged(cave.plan(resolution, plan_file), title="plan")
        + GATE.format(
            heading=cave.in_shell((f"==> confirmations: {cave.in_shell(gate)}",)),
            command=cave.in_shell(gate),
            gate=f"gate{run.attempt}",
        )
    )
    start_stage(transport, where, stage=f"planning{run.attempt}", body=body)
    if run.state != RunState.PLANNING:
        run.move(RunState.PLANNING, reason="cave makes the plan")
    return POLL_SECONDS


def advance_planning(run: Run, transport: Transport, watch: Watch) -> float | None:
    """See what became of the plan: go on, ask a person, or end."""
    stage = f"planning{run.attempt}"
    end = follow(run, transport, stage=stage, watch=watch)
    if end is None:
        if watch.stage != stage:  # the start may have been lost on its way
            return begin_planning(run, transport)
        return POLL_SECONDS
    verdict = judge(end.events, end.exit, Purpose.PLAN)
    if verdict.outcome is Outcome.NOTHING_TO_DO:
        run.move(
            RunState.SUCCEEDED,
            reason="Nothing to do: everything asked for is there already.",
            verdict=verdict.outcome.value,
            exit_status=end.exit,
        )
        return None
    if verdict.outcome not in {Outcome.PLANNED, Outcome.BLOCKED}:
        run.move(
            RunState.FAILED,
            reason=sentence(verdict.reason),
            verdict=verdict.outcome.value,
            exit_status=end.exit,
        )
        return None
    plan = read_plan(run, transport)
    if plan is None:
        raise HostTrouble("cave left no plan behind, though it says that it made one; see the log.")
    store_steps(run, plan, [event for event in end.events if isinstance(event, PlannedStep)])
    if store_confirmations(run, _required(run, transport)):
        run.move(RunState.CONFIRMING, reason="cave needs permission; allow or deny below.")
        return None
    if verdict.outcome is Outcome.BLOCKED:
        run.move(RunState.FAILED, reason=sentence(verdict.reason), verdict=verdict.outcome.value)
        return None
    return begin_executing(run, transport)


def begin_executing(run: Run, transport: Transport) -> float:
    """Let cave do what was planned, and confirmed; harmless when it was started already."""
    where = remote_run(run)
    resolution = build_resolution(run)
    command = cave.resume(
        where.directory / f"plan{run.attempt}",
        continue_on_failure=resolution.continue_on_failure,
        skip_tests=resolution.skip_tests,
    )
    start_stage(
        transport, where, stage=f"executing{run.attempt}", body=logged(command, title="execute")
    )
    if run.state != RunState.EXECUTING:
        run.move(RunState.EXECUTING, reason="", command=cave.in_shell(command))
    return POLL_SECONDS


def advance_executing(run: Run, transport: Transport, watch: Watch) -> float | None:
    """Follow the work; at its end what was made is collected, whatever the outcome."""
    end = follow(run, transport, stage=f"executing{run.attempt}", watch=watch)
    if end is None:
        if watch.stage != f"executing{run.attempt}":
            return begin_executing(run, transport)
        return POLL_SECONDS
    plan = read_plan(run, transport)
    if plan is not None or end.exit == 0:
        settle_steps(run, plan)
    verdict = judge(end.events, end.exit, Purpose.EXECUTE)
    note(run, f"cave ended with exit status {end.exit}: {verdict.reason}.")
    run.move(
        RunState.COLLECTING,
        reason="",
        exit_status=end.exit,
        verdict=verdict.outcome.value,
    )
    return 0.0


def read_plan(run: Run, transport: Transport) -> Plan | None:
    """The resume file as it is now; None when cave erased it, having done all of it."""
    path = remote_run(run).file(f"plan{run.attempt}")
    for _ in range(3):
        try:
            text = transport.read(path, limit=PLAN_LIMIT).decode(errors="replace")
            return parse_plan(text)
        except RemoteFileMissing:
            return None
        except IncompletePlan:  # cave rewrites it in place (FACTS 4.6)
            continue
        except ParseError as error:
            raise HostTrouble(f"The plan can't be read: {error.reason}") from error
    raise HostTrouble("The plan on the builder stays half written; see the log.")


def _required(run: Run, transport: Transport) -> list[Confirmation]:
    """What the gate printed (FACTS 4.6). What is not understood stops the run."""
    where = remote_run(run)
    try:
        status = transport.read(where.file(f"gate{run.attempt}.exit")).strip()
        output = transport.read(where.file(f"gate{run.attempt}.out"), limit=PLAN_LIMIT)
    except RemoteFileMissing as error:
        raise HostTrouble(
            "cave was not asked what it needs permission for, so nothing was executed; retry."
        ) from error
    if status not in ANSWERED:
        raise HostTrouble(
            f"cave could not say what it needs permission for (exit status {status.decode()}), so"
            " nothing was executed; see gate*.err in the run's directory on the host."
        )
    found = read_transcript(output)
    confirmations = [event for event in found if isinstance(event, Confirmation)]
    lines = [line for line in output.splitlines() if GATE_LINE.match(line)]
    if len(lines) > len(confirmations):
        raise HostTrouble(
            "cave wants permission for something that the portal does not know, so nothing was"
            f" executed: {lines[-1].decode(errors='replace')}"
        )
    return confirmations


def _check_provisioned(run: Run, transport: Transport) -> None:
    """Say what to do instead of letting cave fail with its own words."""
    if run.home.name not in configured_repositories(transport):
        raise HostTrouble(
            f"{run.host.name} does not have {run.home.name} yet; run"
            f" “repository provision {run.home.name}” first."
        )
