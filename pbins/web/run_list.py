"""The list of runs, its filters, and what moves in it."""

from collections.abc import Callable, Sequence

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pbins.models import FINAL_STATES, Host, Repository, Run, RunKind, RunState
from pbins.models.run_state import BAD_ENDS
from pbins.web.access import PortalRequest, readers
from pbins.web.filters import Filter, filled_in, in_words, is_filtered, named, start_of_day
from pbins.web.paging import PER_PAGE, page_of
from pbins.web.run_progress import with_progress

WAITING = (RunState.QUEUED, RunState.CONFIRMING)
# Groups of states that one wants to see together, beside the states themselves.
GROUPS: dict[str, tuple[str, Callable[[QuerySet[Run]], QuerySet[Run]]]] = {
    "unfinished": ("not ended yet", lambda runs: runs.exclude(state__in=FINAL_STATES)),
    "waiting": ("waits", lambda runs: runs.filter(state__in=WAITING)),
    "bad": ("ended badly", lambda runs: runs.filter(state__in=BAD_ENDS)),
}
RELATED = ("host", "repository", "package_set", "asked_by")


@readers
def run_list(request: PortalRequest) -> HttpResponse:
    """All runs, or those that the filters in the query leave."""
    filters = _filters(request)
    page = page_of(request, _matching(filters))
    return render(
        request,
        "pbins/run_list.html",
        {
            "filters": filters,
            "is_filtered": is_filtered(filters),
            "page": page,
            "rows": with_progress(page),
            "newer": 0,
        },
    )


@readers
def run_list_live(request: PortalRequest) -> HttpResponse:
    """The runs that the page shows as they are now, and how many newer ones it could show."""
    words = request.GET.get("shown", "").split(",")
    shown = [int(word) for word in words if word.isdecimal() and len(word) < 18][:PER_PAGE]
    runs = Run.objects.select_related(*RELATED).in_bulk(shown)
    newer = 0
    if shown and "page" not in request.GET:
        newer = _matching(_filters(request)).filter(pk__gt=shown[0]).count()
    rows = with_progress(runs[key] for key in shown if key in runs)
    return render(request, "pbins/_run_list_live.html", {"rows": rows, "newer": newer})


def matching_runs(request: HttpRequest) -> QuerySet[Run]:
    """The runs that the filters in a query leave."""
    return _matching(_filters(request))


def _filters(request: HttpRequest) -> tuple[Filter, ...]:
    askers = User.objects.filter(pk__in=Run.objects.order_by().values("asked_by")).order_by(
        "username"
    )
    groups = [(name, words) for name, (words, _) in GROUPS.items()]
    return filled_in(
        request,
        Filter("kind", "kind", in_words(RunKind.choices)),
        Filter("state", "state", in_words([*groups, *RunState.choices])),
        Filter("host", "host", kind="search"),
        Filter(
            "repository", "repository", named(Repository.objects.values_list("name", flat=True))
        ),
        Filter("who", "person", named(askers.values_list("username", flat=True))),
        Filter("since", "since", kind="date"),
    )


def _matching(filters: Sequence[Filter]) -> QuerySet[Run]:
    chosen = {one.name: one.value for one in filters if one.value}
    runs = Run.objects.select_related(*RELATED)
    if "kind" in chosen:
        runs = runs.filter(kind=chosen["kind"])
    if "host" in chosen:
        runs = runs.filter(_hosts_named(chosen["host"]))
    if "repository" in chosen:
        runs = runs.filter(repository__name=chosen["repository"])
    if "who" in chosen:
        runs = runs.filter(asked_by__username=chosen["who"])
    if since := start_of_day(chosen.get("since", "")):
        runs = runs.filter(created_at__gte=since)
    state = chosen.get("state", "")
    if state in GROUPS:
        return GROUPS[state][1](runs)
    return runs.filter(state=state) if state else runs


def _hosts_named(words: str) -> Q:
    """The host of this name, as links have it; or all that have the words in their names."""
    if Host.objects.filter(name=words).exists():
        return Q(host__name=words)
    return Q(host__name__icontains=words)
