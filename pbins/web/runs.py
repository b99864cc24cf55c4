"""What can be done to a run."""

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
    try:
        if resumes:
            run = resume_run(run=run, what=Resumes(resumes), asked_by=request.user)
        else:
            run = retry_run(run=run, asked_by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("run_page", pk)
    submit(run)
    return redirect("run_page", run.pk)


@actions
def run_collect(request: PortalRequest, pk: int) -> HttpResponse:
    """Take in what this run has made, where that has not been done."""
    try:
        run = collect_again(run=get_object_or_404(Run, pk=pk), asked_by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("run_page", pk)
    submit(run)
    return redirect("run_page", run.pk)


@actions
def run_build(request: PortalRequest, pk: int) -> HttpResponse:
    """Build what this run only planned."""
    try:
        run = build_planned(run=get_object_or_404(Run, pk=pk), asked_by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("run_page", pk)
    submit(run)
    return redirect("run_page", run.pk)
