"""A build up to the plan that is confirmed: syncing, planning, preparing, asking.

::

    (sourcing) ──► planning ──► (preparing ──► prepared) ──► executing
                      │ ▲             │
                      ▼ │ allowed     └► or ended there, as a plan that is only looked at
                  confirming

The stage is kept in the run; its scripts on the host bear its name and the attempt's number, which
counts the plans.
"""

from collections.abc import Iterable

from django.db import transaction

from pbins.models import Run, RunKind, RunState, Stage
from pbins.paludis import cave, plan_events
from pbins.paludis.events import Event
from pbins.paludis.outcome import Outcome, Purpose, judge
from pbins.paludis.plan_events import PlannedStep, PlanTotal, UnmetOptions
from pbins.services.asking import Asked, ask, ask_about_options
from pbins.services.builds import begin_executing, read_plan
from pbins.services.confirming import plan_anew
from pbins.services.following import (
    StageEnd,
    Watch,
    follow,
    note,
    remote_run,
    sentence,
    write_formats,
)
from pbins.services.gating import asks_gate, confirmations_wanted
from pbins.services.permitting import write_allowed
from pbins.services.planning import build_resolution, store_steps
from pbins.services.preparing import available, begin_preparing, has_changed_host
from pbins.services.provision import check_masters, configured_repositories
from pbins.services.remote import HostTrouble, logged, start_stage
from pbins.services.sourcing import begin_sourcing, ended_well
from pbins.transport.contract import Transport

POLL_SECONDS = 0.3
STAGE_FILES = ("pid", "sh", "boot", "offset", "began", "start", "end", "exit", "busy")
REASONS = {
    Stage.SOURCING: "cave syncs the source repositories",
    Stage.PLANNING: "cave makes the plan",
    Stage.PREPARING: "cave installs dependencies that are in the repository already",
    Stage.PREPARED: "cave makes the plan again",
}


def begin_planning(run: Run, transport: Transport) -> float:
    """Take the first stage, or that at which the run waited; harmless when it was started."""
    if run.state == RunState.STARTING:
        check_masters(transport, run.home)
        _check_provisioned(run, transport)
        write_allowed(run, transport)
        _enter(run, _first_stage(run))
    match run.stage:
        case Stage.SOURCING:
            begin_sourcing(run, transport)
        case Stage.PREPARING:
            begin_preparing(run, transport, available(run, transport))
        case _:
            _make_plan(run, transport)
    return POLL_SECONDS


def advance_planning(run: Run, transport: Transport, watch: Watch) -> float | None:
    """See what became of the stage: go on, ask a person, or end."""
    running = "planning" if run.stage in {"", Stage.PREPARED} else run.stage
    stage = f"{running}{run.attempt}"
    end = follow(run, transport, stage=stage, watch=watch)
    if end is None:
        if watch.stage != stage:  # the start may have been lost on its way
            return begin_planning(run, transport)
        return POLL_SECONDS
    match run.stage:
        case Stage.SOURCING:
            return _after_sourcing(run, transport, end)
        case Stage.PREPARING:
            return _after_preparing(run, transport, end)
        case _:
            return _after_planning(run, transport, end)


def _first_stage(run: Run) -> Stage:
    """Where a run begins, or goes on: sources are synced once, and dependencies installed once."""
    if run.stage == Stage.PREPARED:
        return Stage.PREPARED
    if run.choices.get("sync_first") and run.stage in {"", Stage.SOURCING}:
        return Stage.SOURCING
    return Stage.PLANNING


def _enter(run: Run, stage: Stage, **values: object) -> None:
    run.move(RunState.PLANNING, reason=REASONS[stage], stage=stage, **values)


def _make_plan(run: Run, transport: Transport) -> None:
    where = remote_run(run)
    resolution = build_resolution(run)
    command = cave.plan(resolution, where.directory / f"plan{run.attempt}")
    body = _drop_earlier(run) + write_formats(run) + logged(command, title="plan")
    body += asks_gate(run, resolution)
    start_stage(transport, where, stage=f"planning{run.attempt}", body=body)
    Run.objects.filter(pk=run.pk).update(plan_command=cave.in_shell(command))


def _drop_earlier(run: Run) -> str:
    """Shell text that removes what plans left that are no longer true; but their claims stay."""
    numbers = range(1, run.attempt)
    left = [f"{what}{number}" for number in numbers for what in ("plan", "sources")]
    left += [f"planning{number}.{ending}" for number in numbers for ending in STAGE_FILES]
    return f"rm -f {' '.join(left)}\n" if left else ""


def _after_sourcing(run: Run, transport: Transport, end: StageEnd) -> float | None:
    if not ended_well(run, end):
        return None
    _enter(run, Stage.PLANNING)
    return begin_planning(run, transport)


def _after_planning(run: Run, transport: Transport, end: StageEnd) -> float | None:
    verdict = judge(end.events, end.exit, Purpose.PLAN)
    ended = {"verdict": verdict.outcome.value, "exit_status": end.exit}
    if verdict.outcome is Outcome.NOTHING_TO_DO:
        done = "Nothing to do: everything asked for is there already."
        run.move(RunState.SUCCEEDED, reason=done, **ended)
        return None
    if verdict.outcome not in {Outcome.PLANNED, Outcome.BLOCKED}:
        if not _asks_about_options(run, verdict.outcome, end):
            run.move(RunState.FAILED, reason=sentence(verdict.reason), **ended)
        return None
    plan = read_plan(run, transport)
    if plan is None:
        raise HostTrouble("cave left no plan behind, though it says that it made one; see the log.")
    store_steps(run, plan, [event for event in end.events if isinstance(event, PlannedStep)])
    wanted = confirmations_wanted(run, transport)
    shown = [event for event in end.events if isinstance(event, plan_events.Confirmation)]
    with transaction.atomic():
        asked = ask(run, wanted, shown)
        stopped = _stops_for(run, asked)
    if stopped:
        return None
    if verdict.outcome is Outcome.BLOCKED and not asked.rows:
        run.move(RunState.FAILED, reason=sentence(verdict.reason), **ended)
        return None
    if run.kind == RunKind.PLAN:
        _end_plan(run, transport, end.events)
        return None
    return _go_on(run, transport)


def _asks_about_options(run: Run, outcome: Outcome, end: StageEnd) -> bool:
    """Whether it failed by options that nobody has decided, which then are a question."""
    unmet = [event for event in end.events if isinstance(event, UnmetOptions)]
    if outcome is not Outcome.REFUSED or not unmet:
        return False
    planned = [event for event in end.events if isinstance(event, PlannedStep)]
    with transaction.atomic():
        return _stops_for(run, ask_about_options(run, unmet, planned))


def _stops_for(run: Run, asked: Asked) -> bool:
    """Whether the run can't go on with this plan: nothing is executed while cave wants anything."""
    if not asked.rows:
        return False
    names = "; ".join(map(str, asked.rows[:5])) + ("; …" if len(asked.rows) > 5 else "")
    blocked = {"verdict": Outcome.BLOCKED.value}
    if run.kind == RunKind.PLAN:
        if all(row.by_policy for row in asked.rows):
            return False
        reason = f"A build would have to ask first: {names}. Nothing was changed."
        run.move(RunState.FAILED, reason=reason, **blocked)
    elif asked.is_open:
        run.move(RunState.CONFIRMING, reason=f"cave needs permission: {names}. Allow or deny.")
    elif asked.allowed_now:
        plan_anew(run, f"Planned anew with what the policy of {run.home} allows.")
    else:
        reason = f"Allowed, and yet cave still wants to be permitted: {names}. Nothing was built."
        run.move(RunState.FAILED, reason=reason, **blocked)
    return True


def _end_plan(run: Run, transport: Transport, events: Iterable[Event]) -> None:
    """A plan that is only looked at ends here; the builder is as it was."""
    there = available(run, transport)
    if there:
        names = ", ".join(f"{step.name}-{step.version}" for step in there)
        note(run, f"A build would install from {run.home.name} instead of compiling: {names}.")
    total = next((event.text for event in events if isinstance(event, PlanTotal)), "")
    done = f"Planned: {total or f'{run.steps.count()} steps'}. Nothing was changed."
    run.move(RunState.SUCCEEDED, reason=done, verdict=Outcome.PLANNED.value)


def _go_on(run: Run, transport: Transport) -> float:
    """Prepare the builder, once, then execute."""
    if run.stage != Stage.PREPARED:
        steps = available(run, transport)
        if steps:
            _enter(run, Stage.PREPARING)
            begin_preparing(run, transport, steps)
            return POLL_SECONDS
    return begin_executing(run, transport)


def _after_preparing(run: Run, transport: Transport, end: StageEnd) -> float | None:
    if has_changed_host(run, end):
        _enter(run, Stage.PREPARED, attempt=run.attempt + 1)
        return begin_planning(run, transport)
    _enter(run, Stage.PREPARED)
    return begin_executing(run, transport)


def _check_provisioned(run: Run, transport: Transport) -> None:
    """Say what to do instead of letting cave fail with its own words."""
    if run.home.name not in configured_repositories(transport):
        raise HostTrouble(
            f"{run.host.name} does not have {run.home.name} yet; run"
            f" “repository provision {run.home.name}” first."
        )
