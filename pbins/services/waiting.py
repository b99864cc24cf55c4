"""Runs that wait for their host: who is next, and why the others wait."""

from collections.abc import Iterable

from django.db import IntegrityError, transaction

from pbins.models import Run, RunKind, RunState
from pbins.services.following import note
from pbins.services.remote import HostBusy
from pbins.services.room import why_no_room


def next_in_line(runs: Iterable[Run]) -> list[Run]:
    """Of queued runs, the first of each host, and every probe: those wait for nobody."""
    probes: list[Run] = []
    first: dict[int, Run] = {}
    for run in sorted(runs, key=lambda run: run.turn):
        if run.kind == RunKind.PROBE:
            probes.append(run)
        else:
            first.setdefault(run.host_id, run)
    return [*probes, *first.values()]


def hold_host(run: Run) -> bool:
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


def wait_for_host(run: Run, busy: HostBusy) -> None:
    """Somebody else is at work on the host itself: go back into the queue and say who."""
    reason = f"{run.host.name} is in use by {busy}"
    note(run, reason, is_problem=True)
    run.move(RunState.QUEUED, reason=f"Waits: {reason}.", attempt=run.attempt + 1)


def _why_it_waits(run: Run) -> str:
    if run.kind == RunKind.PROBE:
        return ""
    if run.host.drained:
        return f"{run.host.name} is drained: it is given no new work until somebody ends that."
    holder = Run.objects.holding(run.host).exclude(kind=RunKind.PROBE).first()
    if holder is not None:
        return f"Waits for {run.host.name}, which run {holder.pk} ({holder.kind}) is using."
    if run.rollout is not None and run.batch > run.rollout.batch:
        return run.reason or "Waits for the batch before it to end."
    before = Run.objects.ahead_of(run)
    if before:
        return f"Waits for {run.host.name}; run {before[-1].pk} ({before[-1].kind}) comes first."
    return why_no_room() if run.kind == RunKind.BUILD else ""
