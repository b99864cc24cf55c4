"""Runs that end before their work has: cancelled, over a limit, or lost. What was made is kept."""

from enum import StrEnum

from pbins.models import Run, RunKind, RunState
from pbins.paludis.culprit import FailureClass
from pbins.services.ending import Ended, end_processes, sweep_of
from pbins.services.following import Watch, catch_up, note, remote_run
from pbins.transport.contract import Transport


class EarlyEnd(StrEnum):
    """Why a run ended early; stored as its verdict."""

    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    SILENCE = "silence"
    LOST = "lost"


END_STATES = {
    EarlyEnd.CANCELLED: RunState.CANCELLED,
    EarlyEnd.TIMEOUT: RunState.FAILED,
    EarlyEnd.SILENCE: RunState.FAILED,
    EarlyEnd.LOST: RunState.LOST,
}
COLLECTS = (RunState.COLLECTING, RunState.PUBLISHING)


def way_to_collect(run: Run) -> str:
    """What can be done when a run ends with what it made left on its host, as a sentence."""
    return (
        f"What it has made is still on {run.host.name}: “Collect again” on this page, or manage.py"
        f" run collect {run.pk}, takes it in."
    )


def early_end_of(run: Run) -> EarlyEnd | None:
    """Why the run ends early; None when it does not, and is judged by what it made."""
    if run.verdict in END_STATES:
        return EarlyEnd(run.verdict)
    return EarlyEnd.CANCELLED if run.cancel_asked else None


def end_early(
    run: Run, transport: Transport, watch: Watch, *, why: EarlyEnd, because: str
) -> float | None:
    """End the run's processes, verify it, and have collected what a build finished before."""
    ended = end_processes(transport, remote_run(run), sweep=sweep_of(run))
    for name in ended.swept:
        note(run, f"Removed from {run.host.name}, because it is half written: {name}")
    catch_up(run, transport, stage=f"executing{run.attempt}", watch=watch)
    reason = f"{because}; {_what_is_left(run, ended)}"
    if run.kind == RunKind.BUILD and run.state == RunState.EXECUTING:
        run.move(RunState.COLLECTING, reason=reason, verdict=why.value)
        return 0.0
    run.move(END_STATES[why], reason=reason, verdict=why.value)
    return None


def lose(run: Run, reason: str) -> float | None:
    """What ran on the host is gone; what a build had finished by then is there to be collected."""
    failure = run.failure or FailureClass.LOST.value
    if run.kind == RunKind.BUILD and run.state == RunState.EXECUTING:
        verdict = EarlyEnd.LOST.value
        run.move(RunState.COLLECTING, reason=reason, verdict=verdict, failure=failure)
        return 0.0
    if run.kind == RunKind.BUILD and run.state in COLLECTS:
        reason = f"{reason} {way_to_collect(run)}"
    run.move(RunState.LOST, reason=reason, failure=failure)
    return None


def give_up_collecting(run: Run, why: EarlyEnd, trouble: Exception) -> None:
    """End a run of which nothing can be collected now."""
    reason = run.reason or "Cancelled."
    what = f"What was finished could not be collected: {str(trouble).rstrip('.')}."
    run.move(END_STATES[why], reason=f"{reason} {what} {way_to_collect(run)}")


def kept(finished: int, wanted: int) -> str:
    """What came of a run that ended early, as a sentence."""
    if not finished:
        return "Nothing was finished."
    return f"{finished} of {wanted} packages were finished; they are published."


def _what_is_left(run: Run, ended: Ended) -> str:
    if not ended.left:
        return f"nothing of it is left running on {run.host.name}."
    count = f"{len(ended.left)} of its processes can't be ended on {run.host.name}"
    note(run, f"{count}: {'; '.join(ended.left)}", is_problem=True)
    return f"but {count}, see below."
