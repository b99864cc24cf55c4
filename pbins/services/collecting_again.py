"""Collecting once more: a run has ended before everything that it made was taken in."""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef

from pbins.models import Change, Entry, Run, RunKind, RunState, Step, StepAction, StepState
from pbins.services.builds import read_plan
from pbins.services.early import END_STATES
from pbins.services.errors import Refused
from pbins.services.following import remote_run
from pbins.services.new_pbins import work_of
from pbins.services.parts import in_parts
from pbins.services.planning import settle_steps
from pbins.services.queueing import COLLECTS_AGAIN, retry_run
from pbins.services.remote import KEPT_DAYS, HostBusy, HostTrouble, poll
from pbins.transport.contract import Transport


def collect_again(*, run: Run, asked_by: User | None) -> Run:
    """A run that builds nothing, and takes in what another one has made. Raises Refused."""
    if why := why_not_collectable(run):
        raise Refused(why)
    with transaction.atomic():
        again = retry_run(run=run, asked_by=asked_by)
        again.choices |= {COLLECTS_AGAIN: True}
        again.save(update_fields=("choices",))
    return again


def why_not_collectable(run: Run) -> str:
    """In words, as far as the portal knows without asking the host; empty when it can be tried."""
    if not run.is_final:
        return f"Run {run.pk} is still {run.get_state_display()}; cancel it first."
    if run.kind != RunKind.BUILD or not work_of(run).command:
        return f"Run {run.pk} has executed nothing that could have made a package."
    if run.state == RunState.SUCCEEDED or not _is_something_left(run):
        return f"Everything that run {run.pk} made has been taken in."
    return ""


def begin_collecting(run: Run, transport: Transport) -> float:
    """Learn from the host how the work ended, take over its steps, and have it collected.

    Raises HostBusy while the work goes on, HostTrouble when the host no longer knows of it.
    """
    work = work_of(run)
    where = remote_run(work)
    seen = poll(transport, where, stage=f"executing{work.attempt}", offset=0, limit=0)
    if not seen.claimed:
        raise HostTrouble(
            f"What run {work.pk} did is not known on {run.host.name} any more (it is kept for"
            f" {KEPT_DAYS} days). Build again what is missing."
        )
    if seen.exit is None and seen.alive:
        raise HostBusy(f"run {work.pk}, whose work goes on there")
    _take_over_steps(work, run)
    plan = read_plan(work, transport)
    if plan is not None or seen.exit == 0:
        settle_steps(run, plan)
    verdict = "" if work.verdict in END_STATES else work.verdict
    run.move(RunState.COLLECTING, exit_status=seen.exit, verdict=verdict)
    return 0.0


def _is_something_left(run: Run) -> bool:
    """Whether something was made that no publication has brought, and that is not withheld."""
    work = work_of(run)
    since = work.started_at or work.created_at
    came = Change.objects.filter(
        channel=work.channel, at__gte=since, name=OuterRef("name"), version=OuterRef("version")
    )
    made = work.steps.filter(action=StepAction.CREATE_BINARY)
    if not (work.state == RunState.LOST and not work.verdict):  # nobody saw how that one went on
        made = made.filter(state=StepState.SUCCEEDED)
    left = set(made.filter(~Exists(came)).values_list("name", "version"))
    return bool(left - _withheld(work, left))


def _withheld(work: Run, versions: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those that came in the meantime, and that hosts are not given."""
    since = work.started_at or work.created_at
    names = sorted({(name.split("/")[0], name.split("/")[1]) for name, _ in versions})
    entries = Entry.objects.filter(channel=work.channel, since__gte=since)
    return {
        (entry.name, entry.version)
        for part in in_parts(names)
        for entry in entries.near_packages(part)
    }


@transaction.atomic
def _take_over_steps(work: Run, run: Run) -> None:
    """As they ended, but for their times, which are those of the run that did the work."""
    steps = list(work.steps.all())
    for step in steps:
        step.pk = None
        step.run = run
        step.started_at = step.finished_at = step.log_offset = None
    run.steps.all().delete()
    Step.objects.bulk_create(steps)
