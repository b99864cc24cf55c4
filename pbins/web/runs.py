"""Runs: the list, and what can be done to a run."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render

from pbins.jobs.submission import submit
from pbins.models import FINAL_STATES, Confirmation, Host, Repository, Run, RunKind, RunState
from pbins.services.confirming import decide
from pbins.services.errors import Refused
from pbins.services.queueing import retry_run
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
    try:
        run = retry_run(run=get_object_or_404(Run, pk=pk), asked_by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("run_page", pk)
    submit(run)
    return redirect("run_page", run.pk)


@actions
def run_decide(request: PortalRequest, pk: int, asked: int) -> HttpResponse:
    """Allow or deny one thing that cave will not do unpermitted."""
    confirmation = get_object_or_404(Confirmation.objects.select_related("run"), run=pk, pk=asked)
    decision = request.POST.get("decision")
    if decision not in {"allow", "deny"}:
        return HttpResponseBadRequest("decision is either allow or deny")
    try:
        run = decide(confirmation=confirmation, allow=decision == "allow", asked_by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("run_page", pk)
    if run.state == RunState.QUEUED:
        submit(run)
    return redirect("run_page", pk)
