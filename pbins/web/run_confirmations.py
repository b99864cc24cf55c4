"""What a run asks to be permitted, as its page shows it, and deciding it there."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect

from pbins.jobs.submission import submit
from pbins.models import Confirmation, Decision, Run, RunState, Step, StepAction
from pbins.paludis.questions import Question
from pbins.services.confirming import (
    allowing_in_words,
    answer,
    can_be_allowed,
    decide,
    decide_all,
    decider_of,
    file_of,
    in_plain_words,
    question_of,
)
from pbins.services.errors import Refused
from pbins.web.access import PortalRequest, actions

DECISIONS = {"allow": True, "deny": False}


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that cave will not do unpermitted, and the step of the plan that it is about.

    ``file`` is what allowing it changes on the builder, "" where an option does it; ``decider``
    is "" while it is open.
    """

    asked: Confirmation
    step: Step | None
    is_open: bool
    meaning: str
    can_be_allowed: bool
    allowing: str
    question: Question | None
    file: str
    decider: str


def asked_of(run: Run) -> list[Asked]:
    """Everything that was asked, each with the step of the plan that it is about."""
    confirmations = list(
        run.confirmations.select_related("decided_by", "run__host", "run__repository")
    )
    steps = _steps(run) if confirmations else {}
    return [
        Asked(
            asked=asked,
            step=steps.get(asked.resolvent),
            is_open=asked.decision == Decision.OPEN,
            meaning=in_plain_words(asked),
            can_be_allowed=can_be_allowed(asked),
            allowing=allowing_in_words(asked),
            question=question_of(asked),
            file=file_of(asked),
            decider=decider_of(asked),
        )
        for asked in confirmations
    ]


def _steps(run: Run) -> dict[str, Step]:
    steps = run.steps.exclude(action=StepAction.FETCH)
    return {f"{step.name}:{step.slot}": step for step in steps}


def allowable(asked: list[Asked]) -> int:
    """How many are open and could be allowed at once; 0 if one of them could not."""
    waiting = [one for one in asked if one.is_open and not one.question]
    return len(waiting) if all(one.can_be_allowed for one in waiting) else 0


@actions
def run_decide(request: PortalRequest, pk: int, asked: int) -> HttpResponse:
    """Allow or deny one thing that cave will not do unpermitted."""
    confirmation = get_object_or_404(Confirmation.objects.select_related("run"), run=pk, pk=asked)
    allow = DECISIONS.get(request.POST.get("decision", ""))
    if allow is None:
        return HttpResponseBadRequest("decision is either allow or deny")
    try:
        run = decide(confirmation=confirmation, allow=allow, asked_by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("run_page", pk)
    return _back_to(run)


@actions
def run_decide_all(request: PortalRequest, pk: int) -> HttpResponse:
    """All that is open at once, if it is still as many as the page showed."""
    run = get_object_or_404(Run, pk=pk)
    allow = DECISIONS.get(request.POST.get("decision", ""))
    count = request.POST.get("count", "")
    if allow is None or not (count.isascii() and count.isdecimal()):
        return HttpResponseBadRequest("decision is either allow or deny, count a number")
    try:
        run = decide_all(run=run, allow=allow, count=int(count), asked_by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("run_page", pk)
    return _back_to(run)


@actions
def run_answer(request: PortalRequest, pk: int, asked: int) -> HttpResponse:
    """Choose the options of a package that nobody has decided."""
    confirmation = get_object_or_404(Confirmation.objects.select_related("run"), run=pk, pk=asked)
    on = set(request.POST.getlist("on"))
    try:
        run = answer(confirmation=confirmation, on=on, asked_by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("run_page", pk)
    return _back_to(run)


def _back_to(run: Run) -> HttpResponse:
    if run.state == RunState.QUEUED:
        submit(run)
    return redirect("run_page", run.pk)
