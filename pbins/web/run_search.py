"""Searching in the logs of all runs."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from pbins.models import Repository
from pbins.services.archive_search import FoundInLogs, Place, search_logs
from pbins.services.errors import Refused
from pbins.web.access import PortalRequest, readers

DAYS = (1, 7, 30, 365)
SECONDS = 0.05  # of a stretch; the page asks for the next one while its end is in view


@readers
def run_search(request: PortalRequest) -> HttpResponse:
    """``?text=TEXT``, in the runs of a repository, of the last days, from a place on."""
    wanted = request.GET.get("text", "")
    found, refusal = None, ""
    if wanted:
        try:
            found = _found(request, wanted)
        except Refused as refused:
            refusal = str(refused)
    onward = request.GET.copy()
    onward["from"] = str(found.goes_on) if found and found.goes_on else ""
    return render(
        request,
        "pbins/run_search.html",
        {
            "wanted": wanted,
            "found": found,
            "refusal": refusal,
            "onward": onward.urlencode() if onward["from"] else "",
            "is_onward": bool(request.GET.get("from")),
            "repositories": Repository.objects.values_list("name", flat=True),
            "days": DAYS,
        },
    )


def _found(request: PortalRequest, wanted: str) -> FoundInLogs:
    query = request.GET
    days = query.get("since", "")
    return search_logs(
        wanted,
        repository=Repository.objects.filter(name=query.get("repository", "")).first(),
        since=timezone.now() - timedelta(days=int(days)) if days in map(str, DAYS) else None,
        place=Place.parse(query.get("from", "")),
        seconds=SECONDS,
    )
