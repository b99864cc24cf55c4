"""Moving runs on: one step at a time, each safe to repeat, from whichever process."""

from contextlib import suppress

from django.contrib.auth.models import User
from django.utils import timezone

from pbins.models import Run, RunKind, RunMoved, RunState
from pbins.paludis.culprit import FailureClass
from pbins.services.builds import advance_executing
from pbins.services.collecting import collect
from pbins.services.collecting_again import begin_collecting
from pbins.services.connection import connected
from pbins.services.doing import what_is_done
from pbins.services.early import (
    COLLECTS,
    EarlyEnd,
    early_end_of,
    end_early,
    give_up_collecting,
    lose,
    way_to_collect,
)
from pbins.services.errors import Refused
from pbins.services.following import Watch, note
from pbins.services.forecasts import expect
from pbins.services.hosts import probe_host
from pbins.services.limits import limit_struck
from pbins.services.own_trouble import wait_for_ourselves
from pbins.services.planning import abandon_steps
from pbins.services.plans import advance_planning, begin_planning
from pbins.services.provisioning import provision
from pbins.services.queueing import COLLECTS_AGAIN, RESUMES
from pbins.services.remote import HostBusy, HostTrouble
from pbins.services.retrying import begin_resuming
from pbins.services.syncs import advance_sync, begin_sync
from pbins.services.waiting import hold_host, wait_for_host
from pbins.storage.errors import StorageError, StorageFull
from pbins.transport.contract import Transport
from pbins.transport.errors import ConnectionLost, TransportError

RETRY_SECONDS = 5.0
PATIENCE = 360  # contacts in a row that may fail, RETRY_SECONDS apart, before work counts as lost
STARTED = (RunState.PLANNING, RunState.EXECUTING, RunState.COLLECTING, RunState.PUBLISHING)


def advance(run: Run, watch: Watch) -> float | None:
    """Move the run one step on; the seconds until the next look, or None when none is needed.

    None means that it has ended, waits for a person, or waits for its host.
    """
    seconds = _advance(run, watch)
    if run.is_final:
        abandon_steps(run)
    return seconds


def _advance(run: Run, watch: Watch) -> float | None:
    run.refresh_from_db()
    if run.is_final or run.state == RunState.CONFIRMING:
        return None
    if run.state == RunState.QUEUED and run.cancel_asked:
        run.move(RunState.CANCELLED, reason="Cancelled before it began.")
        return None
    if run.state == RunState.QUEUED and not hold_host(run):
        return None
    try:
        with connected(run.host) as transport:
            seconds = _look_after(run, transport, watch)
    except HostBusy as busy:
        wait_for_host(run, busy)
        return None
    except (HostTrouble, Refused) as trouble:
        return _end_in_trouble(run, trouble)
    except TransportError as error:
        return _after_failed_contact(run, error)
    except StorageFull as error:
        return _after_full_disk(run, error)
    except (StorageError, OSError) as error:
        return _after_own_trouble(run, error)
    if run.problems and not run.is_final:
        _after_contact(run)
    return seconds


def cancel_run(*, run: Run, asked_by: User | None) -> None:
    """Cancel at once what has not begun; the rest is ended on its host by the next look at it."""
    run.refresh_from_db()
    if run.is_final:
        raise Refused(f"Run {run.pk} has ended already: {run.get_state_display()}.")
    by = f"by {asked_by}" if asked_by else "from the command line"
    Run.objects.filter(pk=run.pk).update(cancel_asked=True)
    note(run, f"Cancelled {by}.")
    if run.state in {RunState.QUEUED, RunState.CONFIRMING}:
        with suppress(RunMoved):  # it began just now: the next look at it sees what was asked
            run.move(RunState.CANCELLED, reason=f"Cancelled {by} before it began.")


def _step(run: Run, transport: Transport, watch: Watch) -> float | None:
    match run.kind, run.state:
        case RunKind.PROBE, _:
            run.move(RunState.EXECUTING)
            run.move(RunState.SUCCEEDED, reason=probe_host(host=run.host, transport=transport))
        case RunKind.PROVISION, _:
            provision(run, transport)
        case RunKind.SYNC, RunState.STARTING:
            return begin_sync(run, transport)
        case RunKind.SYNC, _:
            return advance_sync(run, transport, watch)
        case RunKind.BUILD, RunState.STARTING if COLLECTS_AGAIN in run.choices:
            return begin_collecting(run, transport)
        case RunKind.BUILD, RunState.STARTING if RESUMES in run.choices:
            return begin_resuming(run, transport)
        case ((RunKind.BUILD | RunKind.PLAN), RunState.STARTING):
            return begin_planning(run, transport)
        case ((RunKind.BUILD | RunKind.PLAN), RunState.PLANNING):
            return advance_planning(run, transport, watch)
        case RunKind.BUILD, RunState.EXECUTING:
            return advance_executing(run, transport, watch)
        case RunKind.BUILD, _:
            collect(run, transport)
    return None


def _look_after(run: Run, transport: Transport, watch: Watch) -> float | None:
    """One step on, unless somebody or a limit ends the run first."""
    if run.cancel_asked and run.state not in COLLECTS:
        cancelled = EarlyEnd.CANCELLED
        return end_early(run, transport, watch, why=cancelled, because="Cancelled")
    before = run.state
    seconds = _step(run, transport, watch)
    if run.state == RunState.EXECUTING != before and run.kind == RunKind.BUILD:
        expect(run)
    struck = limit_struck(run, timezone.now()) if run.is_followed else None
    if struck is None:
        return seconds
    why, because = struck
    note(run, because, is_problem=True)
    return end_early(run, transport, watch, why=why, because=because)


def _end_in_trouble(run: Run, trouble: HostTrouble | Refused) -> float | None:
    note(run, str(trouble), is_problem=True)
    if run.state in COLLECTS and (why := early_end_of(run)):
        give_up_collecting(run, why, trouble)
        return None
    if run.state in STARTED and run.kind in {RunKind.BUILD, RunKind.SYNC}:
        return lose(run, str(trouble))
    run.move(RunState.FAILED, reason=str(trouble))
    return None


def _after_failed_contact(run: Run, error: TransportError) -> float | None:
    """Work that goes on without us is worth waiting for; what has not begun is not."""
    note(run, str(error), is_problem=True)
    if run.state not in STARTED or run.kind in {RunKind.PROBE, RunKind.PROVISION}:
        if isinstance(error, ConnectionLost) and not run.problems:  # kept open, and dead by now
            Run.objects.filter(pk=run.pk).update(problems=1)
            return 0.0
        run.move(RunState.FAILED, reason=str(error))
        return None
    why = early_end_of(run) if run.state in COLLECTS else None
    over = run.problems + 1 >= PATIENCE
    if why and (over or why is EarlyEnd.CANCELLED):
        give_up_collecting(run, why, error)
        return None
    if over:
        reason = f"The host has not answered for too long: {str(error).rstrip('.')}."
        if run.kind == RunKind.BUILD and run.state in {RunState.EXECUTING, *COLLECTS}:
            reason = f"{reason} {way_to_collect(run)}"
        run.move(RunState.LOST, reason=reason, failure=FailureClass.NETWORK.value)
        return None
    reason = f"No contact ({run.problems + 1}×); the work on the host may go on. {error}"
    Run.objects.filter(pk=run.pk).update(
        problems=run.problems + 1, reason=run.reason if why else reason
    )
    return RETRY_SECONDS


def _after_own_trouble(run: Run, error: StorageError | OSError) -> float | None:
    """What was built is worth trying again, for it can be taken in whenever our disk is well."""
    if run.state in COLLECTS and (seconds := wait_for_ourselves(run, error)) is not None:
        return seconds
    if run.state not in COLLECTS and isinstance(error, OSError):
        raise error
    return _end_in_trouble(run, HostTrouble(f"The portal's own storage: {error}."))


def _after_full_disk(run: Run, error: StorageFull) -> float | None:
    """Our own disk: there is time to make room, unless the run is to end anyway."""
    note(run, f"The portal's own disk: {error}", is_problem=True)
    why = early_end_of(run)
    if why is EarlyEnd.CANCELLED and run.state in COLLECTS:
        give_up_collecting(run, why, error)
        return None
    if why is None:
        Run.objects.filter(pk=run.pk).update(reason=f"Waits for the portal's own disk: {error}")
    return RETRY_SECONDS


def _after_contact(run: Run) -> None:
    """What was in the way is over: say what is done now."""
    reason = run.reason if early_end_of(run) else what_is_done(run)
    Run.objects.filter(pk=run.pk, state=run.state).update(problems=0, reason=reason)
