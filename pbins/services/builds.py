"""A build, from its confirmed plan to the end of cave (DESIGN: Life of a build)."""

from pbins.models import Run, RunState
from pbins.paludis import cave
from pbins.paludis.errors import ParseError
from pbins.paludis.outcome import Outcome, Purpose, judge
from pbins.paludis.plan import IncompletePlan, Plan, parse_plan
from pbins.services.failures import investigate
from pbins.services.following import Watch, follow, note, remote_run, sentence, write_formats
from pbins.services.kept_plans import Resumes, note_sources
from pbins.services.new_pbins import note_tree
from pbins.services.planning import build_resolution, settle_steps
from pbins.services.queueing import RESUMES
from pbins.services.remote import HostTrouble, logged, start_stage
from pbins.transport.contract import Transport
from pbins.transport.errors import RemoteFileMissing

POLL_SECONDS = 0.3
PLAN_LIMIT = 256 * 2**20


def begin_executing(run: Run, transport: Transport) -> float:
    """Let cave do what was planned, and confirmed; harmless when it was started already."""
    where = remote_run(run)
    resolution = build_resolution(run)
    command = cave.resume(
        where.directory / f"plan{run.attempt}",
        continue_on_failure=resolution.continue_on_failure,
        skip_tests=resolution.skip_tests,
        retry_failed=RESUMES in run.choices,
        retry_skipped=run.choices.get(RESUMES) == Resumes.FAILED_AND_SKIPPED,
    )
    notes = note_sources(run) + note_tree(run)
    body = write_formats(run) + notes + logged(command, title="execute")
    start_stage(transport, where, stage=f"executing{run.attempt}", body=body)
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
    investigate(run, transport, verdict, end.exit)
    run.move(
        RunState.COLLECTING,
        reason="" if verdict.outcome is Outcome.SUCCEEDED else sentence(verdict.reason),
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
