"""Moving runs on: one step at a time, each safe to repeat, from whichever process."""

from collections.abc import Iterable
from contextlib import suppress

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from pbins.models import Confirmation, Decision, Run, RunKind, RunMoved, RunState
from pbins.services.builds import (
    advance_executing,
    advance_planning,
    begin_planning,
)
from pbins.services.collecting import collect
from pbins.services.connection import connected
from pbins.services.errors import Refused
from pbins.services.following import HostBusy, Watch, note, remote_run
from pbins.services.hosts import probe_host
from pbins.services.planning import abandon_steps, can_be_allowed
from pbins.services.provisioning import provision
from pbins.services.remote import HostTrouble, end_processes
from pbins.services.syncs import advance_sync, begin_sync
from pbins.storage.errors import StorageError
from pbins.transport.contract import Transport
from pbins.transport.errors import TransportError

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
    if run.state == RunState.QUEUED and not _hold_host(run):
        return None
    try:
        with connected(run.host) as transport:
            seconds = _cancel(run, transport) if run.cancel_asked else _step(run, transport, watch)
    except HostBusy as busy:
        return _wait_for_host(run, busy)
    except (HostTrouble, Refused) as trouble:
        return _end_in_trouble(run, trouble)
    except TransportError as error:
        return _after_failed_contact(run, error)
    except StorageError as error:
        note(run, f"The portal's own disk: {error}", is_problem=True)
        Run.objects.filter(pk=run.pk).update(reason=f"Waits for the portal's own disk: {error}")
        return RETRY_SECONDS
    if run.problems:
        Run.objects.filter(pk=run.pk).update(problems=0)
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


@transaction.atomic
def decide(*, confirmation: Confirmation, allow: bool, asked_by: User | None) -> Run:
    """Allow or deny one confirmation; after the last the run is planned anew, or cancelled."""
    confirmation.refresh_from_db(from_queryset=Confirmation.objects.select_for_update())
    run = confirmation.run
    if run.state != RunState.CONFIRMING or confirmation.decision != Decision.OPEN:
        raise Refused("This was decided already.")
    if allow and not can_be_allowed(confirmation):
        raise Refused(
            f"cave can't be permitted this by an option: {confirmation}. Change the builder's"
            " configuration (package_unmask.conf, platforms.conf, licences.conf or options.conf),"
            " then retry the run."
        )
    confirmation.decision = Decision.ALLOWED if allow else Decision.DENIED
    confirmation.decided_by = asked_by if asked_by and asked_by.pk else None
    confirmation.decided_at = timezone.now()
    confirmation.save()
    note(run, f"{'Allowed' if allow else 'Denied'}: {confirmation}")
    if not allow:
        run.move(RunState.CANCELLED, reason=f"Denied: {confirmation}.")
    elif not run.confirmations.filter(decision=Decision.OPEN).exists():
        run.move(
            RunState.QUEUED, reason="Planned anew with what was allowed.", attempt=run.attempt + 1
        )
    return run


def next_in_line(runs: Iterable[Run]) -> list[Run]:
    """Of queued runs, the oldest of each host, and every probe: those wait for nobody."""
    probes: list[Run] = []
    first: dict[int, Run] = {}
    for run in sorted(runs, key=lambda run: run.pk):
        if run.kind == RunKind.PROBE:
            probes.append(run)
        else:
            first.setdefault(run.host_id, run)
    return [*probes, *first.values()]


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
        case RunKind.BUILD, RunState.STARTING:
            return begin_planning(run, transport)
        case RunKind.BUILD, RunState.PLANNING:
            return advance_planning(run, transport, watch)
        case RunKind.BUILD, RunState.EXECUTING:
            return advance_executing(run, transport, watch)
        case RunKind.BUILD, _:
            collect(run, transport)
    return None


def _hold_host(run: Run) -> bool:
    """Take the host for this run, or say why it waits. A probe needs no host for itself."""
    reason = _why_it_waits(run)
    if not reason:
        try:
            with transaction.atomic():
                run.move(RunState.STARTING)
        except IntegrityError:
            reason = _why_it_waits(run) or "Waits for its host."
        else:
            return True
    Run.objects.filter(pk=run.pk, state=RunState.QUEUED).update(reason=reason)
    return False


def _why_it_waits(run: Run) -> str:
    if run.kind == RunKind.PROBE:
        return ""
    if run.host.drained:
        return f"{run.host.name} is drained: it is given no new work until somebody ends that."
    holder = Run.objects.holding(run.host).exclude(kind=RunKind.PROBE).first()
    if holder is not None:
        return f"Waits for {run.host.name}, which run {holder.pk} ({holder.kind}) is using."
    before = Run.objects.ahead_of(run).exclude(kind=RunKind.PROBE).last()
    if before is not None:
        return f"Waits for {run.host.name}; run {before.pk} ({before.kind}) comes first."
    return ""


def _wait_for_host(run: Run, busy: HostBusy) -> float | None:
    """The lock on the host itself is held: go back into the queue and say by whom."""
    note(run, str(busy), is_problem=True)
    run.move(RunState.QUEUED, reason=f"Waits: {busy}.", attempt=run.attempt + 1)
    return None


def _cancel(run: Run, transport: Transport) -> float | None:
    end_processes(transport, remote_run(run))
    run.move(RunState.CANCELLED, reason="Cancelled; nothing of it is left running on the host.")
    return None


def _end_in_trouble(run: Run, trouble: HostTrouble | Refused) -> float | None:
    note(run, str(trouble), is_problem=True)
    lost = run.state in STARTED and run.kind in {RunKind.BUILD, RunKind.SYNC}
    run.move(RunState.LOST if lost else RunState.FAILED, reason=str(trouble))
    return None


def _after_failed_contact(run: Run, error: TransportError) -> float | None:
    """Work that goes on without us is worth waiting for; what has not begun is not."""
    note(run, str(error), is_problem=True)
    if run.state not in STARTED or run.kind in {RunKind.PROBE, RunKind.PROVISION}:
        run.move(RunState.FAILED, reason=str(error))
        return None
    if run.problems + 1 >= PATIENCE:
        run.move(RunState.LOST, reason=f"The host has not answered for too long: {error}")
        return None
    Run.objects.filter(pk=run.pk).update(
        problems=run.problems + 1,
        reason=f"No contact ({run.problems + 1}×); the work on the host may go on. {error}",
    )
    return RETRY_SECONDS
