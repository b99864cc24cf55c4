"""Going on with a build's own plan: what failed, or what failed and what was skipped for it."""

from django.contrib.auth.models import User
from django.db import transaction

from pbins.models import Run, RunKind, RunState, Step, StepState
from pbins.services.builds import begin_executing
from pbins.services.connection import connected
from pbins.services.errors import Refused
from pbins.services.kept_plans import Resumes, check_plan, copy_plan
from pbins.services.queueing import RESUMES, retry_run
from pbins.services.remote import HostTrouble
from pbins.transport.contract import Transport
from pbins.transport.errors import TransportError


def resume_run(*, run: Run, what: Resumes, asked_by: User | None) -> Run:
    """A run that goes on with the plan of another.

    Raises Refused when that one's plan is gone, no longer holds, or leaves nothing to do.
    """
    if why := why_not_resumable(run):
        raise Refused(why)
    if not _steps_left(run, what):
        raise Refused(
            f"Nothing of run {run.pk} is left that way; make a fresh plan instead, or collect again"
            " what it has made."
        )
    try:
        with connected(run.host) as transport:
            check_plan(run, transport)
    except (HostTrouble, TransportError) as trouble:
        raise Refused(str(trouble)) from trouble
    with transaction.atomic():
        retried = retry_run(run=run, asked_by=asked_by)
        retried.choices |= {RESUMES: what.value}
        retried.save(update_fields=("choices",))
    return retried


def why_not_resumable(run: Run) -> str:
    """In words, as far as the portal knows without asking the host; empty when it can be tried."""
    if not run.is_final:
        return f"Run {run.pk} is still {run.get_state_display()}; cancel it first."
    if run.kind != RunKind.BUILD or not run.command:
        return f"Run {run.pk} has executed no plan that could be gone on with."
    if run.state == RunState.SUCCEEDED:
        return f"Everything in the plan of run {run.pk} succeeded."
    return ""


def begin_resuming(run: Run, transport: Transport) -> float:
    """Take over plan and steps of the run that is retried, and execute what is left."""
    original = run.retry_of
    if original is None:
        raise HostTrouble("The run whose plan was to be gone on with is gone. Make a fresh plan.")
    check_plan(original, transport)
    copy_plan(original, run, transport)
    _take_over_steps(original, run)
    return begin_executing(run, transport)


def _steps_left(run: Run, what: Resumes) -> list[Step]:
    """Those that are done again or for the first time."""
    done = {StepState.SUCCEEDED}
    if what is Resumes.FAILED:
        done.add(StepState.SKIPPED)
    return list(run.steps.exclude(state__in=done))


@transaction.atomic
def _take_over_steps(original: Run, run: Run) -> None:
    """They keep their numbers, by which cave's plan knows them."""
    steps = _steps_left(original, Resumes(run.choices[RESUMES]))
    numbers = {step.number for step in steps}
    run.steps.all().delete()
    for step in steps:
        step.pk = None
        step.run = run
        step.state = StepState.PENDING
        step.started_at = step.finished_at = step.log_offset = None
        step.note = ""
        step.waits_for = [number for number in step.waits_for if number in numbers]
    Step.objects.bulk_create(steps)
