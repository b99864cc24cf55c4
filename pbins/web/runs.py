"""Runs: the list, and what can be done to a run."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render

from pbins.jobs.submission import submit
from pbins.models import FINAL_STATES, Host, Repository, Run, RunKind, RunState
from pbins.services.errors import Refused
from pbins.services.queueing import build_planned, retry_run
from pbins.services.retrying import Resumes, resume_run
from pbins.services.runs import cancel_run
from pbins.web.access import PortalRequest, actions, readers
from pbins.web.overview import BAD_ENDS
from pbins.web.paging import page_of
from pbins.web.run_progress import with_progress

# Groups of states that one wants to see together, beside the states themselves.
GROUPS: dict[str, tuple[str, Callable[[QuerySet[Run]], QuerySet[Run]]]] = {
    "unfinished": ("not ended yet", lambda runs: runs.exclude(state__in=FINAL_STATES)),
    "bad": ("ended badly", lambda runs: runs.filter(state__in=BAD_ENDS)),
}
FILTERS = {"kind": "kind", "host": "host__name", "repository": "repository__name"}


@readers
def run_list(request: PortalRequest) -> HttpResponse:
    """All runs, or those that the filters in the query leave."""
    page = page_of(request, _filtered(request))
    return render(
        request,
        "pbins/run_list.html",
        {
            "page": page,
            "rows": with_progress(page),
            "kinds": RunKind.choices,
            "groups": [(name, words) for name, (words, _) in GROUPS.items()],
            "states": RunState.choices,
            "hosts": Host.objects.values_list("name", flat=True),
            "repositories": Repository.objects.values_list("name", flat=True),
            "is_filtered": any(request.GET.get(name) for name in (*FILTERS, "state")),
        },
    )


def _filtered(request: PortalRequest) -> QuerySet[Run]:
    query = request.GET
    runs = Run.objects.select_related("host", "repository", "package_set", "asked_by")
    runs = runs.filter(**{field: query[name] for name, field in FILTERS.items() if query.get(name)})
    state = query.get("state", "")
    if state in GROUPS:
        return GROUPS[state][1](runs)
    return runs.filter(state=state) if state else runs


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
def run_build(request: PortalRequest, pk: int) -> HttpResponse:
    """Build what this run only planned."""
    try:
        run = build_planned(run=get_object_or_404(Run, pk=pk), asked_by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("run_page", pk)
    submit(run)
    return redirect("run_page", run.pk)
