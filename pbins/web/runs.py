"""What can be done to a run."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect

from pbins.jobs.submission import submit
from pbins.models import Run
from pbins.services.collecting_again import collect_again
from pbins.services.errors import Refused
from pbins.services.kept_plans import Resumes
from pbins.services.queueing import build_planned, retry_run
from pbins.services.retrying import resume_run
from pbins.services.runs import cancel_run
from pbins.web.access import PortalRequest, actions


@actions
def run_cancel(request: PortalRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(Run, pk=pk)
    try:
        cancel_run(run=run, asked_by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("run_page", pk)


@actions
def run_retry(request: PortalRequest, pk: int) -> HttpResponse:
    """Once more with a fresh plan; with ``resumes``, what is left of the same plan."""
    run, resumes = get_object_or_404(Run, pk=pk), request.POST.get("resumes", "")
    if resumes and resumes not in set(Resumes):
        return HttpResponseBadRequest("resumes is either failed or failed-and-skipped")
    if resumes:
        return _led_on(request, run, partial(resume_run, what=Resumes(resumes)))
    return _led_on(request, run, retry_run)


@actions
def run_collect(request: PortalRequest, pk: int) -> HttpResponse:
    """Take in what this run has made, where that has not been done."""
    return _led_on(request, get_object_or_404(Run, pk=pk), collect_again)


@actions
def run_build(request: PortalRequest, pk: int) -> HttpResponse:
    """Build what this run only planned."""
    return _led_on(request, get_object_or_404(Run, pk=pk), build_planned)


def _led_on(request: PortalRequest, run: Run, make: Callable[..., Run]) -> HttpResponse:
    """To the run that follows this one; to this one, where that is refused."""
    try:
        following = make(run=run, asked_by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("run_page", run.pk)
    submit(following)
    return redirect("run_page", following.pk)
