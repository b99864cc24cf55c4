"""Rollouts: the list, and one over all its hosts while it goes on."""

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from pbins.jobs.submission import submit
from pbins.models import FINAL_STATES, Rollout, Run, RunState
from pbins.models.run_state import BAD_ENDS, HOLDING_STATES
from pbins.services.batches import cancel_what_is_left, go_on, retry_bad_ends, why_stopped
from pbins.services.errors import Refused
from pbins.web.access import PortalRequest, actions, readers
from pbins.web.confirmation import Asked, unless_confirmed
from pbins.web.paging import page_of
from pbins.web.wording import counted

PER_PAGE = 100  # hosts
# How hosts stand: by what name in the address, in which colour of a state, with which states.
STANDINGS: dict[str, tuple[str, RunState, tuple[RunState, ...]]] = {
    "waiting": ("waiting", RunState.QUEUED, (RunState.QUEUED, RunState.CONFIRMING)),
    "under-way": ("under way", RunState.EXECUTING, HOLDING_STATES),
    "succeeded": ("succeeded", RunState.SUCCEEDED, (RunState.SUCCEEDED,)),
    "bad": ("ended badly", RunState.FAILED, BAD_ENDS),
    "cancelled": ("cancelled", RunState.CANCELLED, (RunState.CANCELLED,)),
}


@readers
def rollout_list(request: PortalRequest) -> HttpResponse:
    rollouts = (
        Rollout.objects.select_related("repository", "asked_by")
        .annotate(
            hosts=Count("runs", filter=Q(runs__retries=None)),
            ended=Count("runs", filter=Q(runs__retries=None, runs__state__in=FINAL_STATES)),
            bad=Count("runs", filter=Q(runs__retries=None, runs__state__in=BAD_ENDS)),
        )
        .order_by("-pk")
    )
    return render(request, "pbins/rollout_list.html", {"page": page_of(request, rollouts)})


@readers
def rollout_page(request: PortalRequest, pk: int) -> HttpResponse:
    return render(request, "pbins/rollout_page.html", _shown(request, pk))


@readers
def rollout_live(request: PortalRequest, pk: int) -> HttpResponse:
    """``is_watched``: what stood above the hosts stays there when all have ended."""
    shown = _shown(request, pk) | {"is_watched": True}
    return render(request, "pbins/_rollout_live.html", shown)


@actions
def rollout_go_on(request: PortalRequest, pk: int) -> HttpResponse:
    """Let a rollout go on that has stopped."""
    submit(*go_on(get_object_or_404(Rollout, pk=pk)))
    messages.success(request, "It goes on, however many hosts end badly.")
    return redirect("rollout_page", pk)


@actions
def rollout_retry(request: PortalRequest, pk: int) -> HttpResponse:
    """Once more on the hosts that ended badly, as runs of the same rollout."""
    rollout = get_object_or_404(Rollout, pk=pk)
    try:
        runs = retry_bad_ends(rollout, asked_by=request.user)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("rollout_page", pk)
    submit(*runs)
    messages.success(request, f"{counted(len(runs), 'host')} tried again.")
    return redirect("rollout_page", pk)


@actions
def rollout_cancel(request: PortalRequest, pk: int) -> HttpResponse:
    """Cancel what has not begun; what is under way goes on."""
    rollout = get_object_or_404(Rollout, pk=pk)
    asked = Asked(
        act="Cancel what has not begun",
        meaning="Hosts on which it has not begun are left as they are; what is under way goes on.",
        count=rollout.runs.filter(state=RunState.QUEUED).count(),
        of="the number of hosts that wait",
        back=reverse("rollout_page", args=[pk]),
    )
    if question := unless_confirmed(request, asked):
        return question
    count = cancel_what_is_left(rollout, asked_by=request.user)
    they = "it" if count == 1 else "they"
    messages.success(request, f"{counted(count, 'run')} cancelled before {they} began.")
    return redirect("rollout_page", pk)


def _shown(request: PortalRequest, pk: int) -> dict[str, object]:
    """A rollout with the last run of every host; retries stand for what they retry."""
    rollout = get_object_or_404(Rollout.objects.select_related("repository", "asked_by"), pk=pk)
    runs = rollout.runs.filter(retries=None).select_related("host").order_by("host__name")
    counts = dict(runs.order_by().values_list("state").annotate(Count("pk")))
    total = sum(counts.values())
    ended = sum(count for state, count in counts.items() if state in FINAL_STATES)
    return {
        "rollout": rollout,
        "stopped": why_stopped(rollout),
        "batch": rollout.batch + 1,
        "is_waiting": counts.get(RunState.QUEUED, 0),
        "page": page_of(request, _in_state(runs, request.GET.get("state", "")), PER_PAGE),
        "standings": [
            (
                name,
                colour.value if (count := sum(counts.get(s, 0) for s in states)) else "none",
                f"{count} {words}",
            )
            for name, (words, colour, states) in STANDINGS.items()
        ],
        "total": total,
        "ended": ended,
        "bad": sum(count for state, count in counts.items() if state in BAD_ENDS),
        "is_over": ended == total,
    }


def _in_state(runs: QuerySet[Run], state: str) -> QuerySet[Run]:
    return runs.filter(state__in=STANDINGS[state][2]) if state in STANDINGS else runs
