"""A repository's health: what a scrub found, its repairs, and the room it takes."""

from django.contrib import messages
from django.db.models import Count, Max, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from pbins.jobs.health import (
    submit_clean_builders,
    submit_look_at_builders,
    submit_repair,
    submit_scrub,
)
from pbins.jobs.submission import submit
from pbins.models import Finding, FindingKind, Repository
from pbins.services.builder_checks import REMOVABLE
from pbins.services.disk_usage import forecast, known_usage
from pbins.services.errors import Refused
from pbins.services.repairing import WORDS, Repair, repair, repairs_of_each
from pbins.web.access import PortalRequest, actions, readers
from pbins.web.charts import growth_chart
from pbins.web.paging import page_of
from pbins.web.wording import counted

SETTLED_SHOWN = 10
SCRUBS = {
    "": "The repository is looked through now",
    "full": "Every tarball is read now",
    "builders": "The builders are looked at now",
}


@readers
def repository_health(request: PortalRequest, name: str) -> HttpResponse:
    repository = get_object_or_404(Repository, name=name)
    page = page_of(request, repository.findings.open())
    settled = repository.findings.exclude(settled_at=None).order_by("-settled_at")
    sample = repository.samples.last()
    return render(
        request,
        "pbins/repository_health.html",
        {
            "repository": repository,
            "shown": _shown(repository),
            "page": page,
            "findings": [
                (finding, [(how.value, WORDS[how]) for how in repairs])
                for finding, repairs in zip(page, repairs_of_each(list(page)), strict=True)
            ],
            "removable": _removable(repository),
            "settled": settled[:SETTLED_SHOWN],
            "usage": known_usage(repository, sample),
            "sample": sample,
            "forecast": forecast(),
            "growth": growth_chart(repository.name),
        },
    )


@readers
def health_live(request: PortalRequest, name: str) -> HttpResponse:
    """How far it was looked after, and whether there is something else to show than is shown."""
    repository = get_object_or_404(Repository, name=name)
    shown = request.GET.get("shown", "")
    context = {
        "repository": repository,
        "shown": shown,
        "is_old": shown != _shown(repository),
    }
    return render(request, "pbins/_health_live.html", context)


@actions
def repository_scrub(request: PortalRequest, name: str) -> HttpResponse:
    repository = get_object_or_404(Repository, name=name)
    what = request.POST.get("what", "")
    try:
        if what == "builders":
            submit_look_at_builders(repository)
        else:
            submit_scrub(repository, full=what == "full")
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"{SCRUBS.get(what, SCRUBS[''])}; what is found appears here.")
    return redirect("repository_health", repository.name)


@actions
def builders_clean(request: PortalRequest, name: str) -> HttpResponse:
    """All files of one kind that lie about on builders; ``count`` is how many were shown."""
    repository = get_object_or_404(Repository, name=name)
    kinds = {kind.value: (kind, count) for kind, count in _removable(repository)}
    kind, count = kinds.get(request.POST.get("kind", ""), (None, 0))
    try:
        _check_count(request, count)
        if kind is not None:
            submit_clean_builders(repository, kind)
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request, f"To be removed: {counted(count, 'file')}; look below how that goes."
        )
    return redirect("repository_health", repository.name)


def _shown(repository: Repository) -> str:
    """Another word whenever the page has something else to say of findings."""
    told = repository.findings.aggregate(
        newest=Max("pk"),
        open=Count("pk", filter=Q(settled_at=None)),
        tried=Count("pk", filter=~Q(attempt="")),
        settled=Max("settled_at"),
    )
    times = (told["settled"], repository.scrubbed_at)
    instants = (int(time.timestamp() * 1e6) if time else 0 for time in times)
    return "-".join(map(str, (told["newest"] or 0, told["open"], told["tried"], *instants)))


def _check_count(request: PortalRequest, count: int) -> None:
    if not count:
        raise Refused("Nothing of that lies about any more.")
    if request.POST.get("count", "").strip() != str(count):
        raise Refused(f"Type {count}, the number of files that go; nothing was removed.")


def _removable(repository: Repository) -> list[tuple[FindingKind, int]]:
    """What lies about on builders and may go, by kind: how many files."""
    found = repository.findings.open().filter(kind__in=REMOVABLE).order_by("kind")
    counts = found.values_list("kind").annotate(count=Count("pk"))
    return [(FindingKind(kind), count) for kind, count in counts]


@actions
def finding_repair(request: PortalRequest, pk: int) -> HttpResponse:
    finding = get_object_or_404(Finding.objects.select_related("repository"), pk=pk)
    try:
        how = Repair(request.POST.get("how", ""))
    except ValueError:
        messages.error(request, "Choose what is to be done about it.")
        return redirect("repository_health", finding.repository.name)
    try:
        if how in {Repair.TAKE_AGAIN, Repair.CLEAN}:  # a builder is asked, which may take long
            submit_repair(finding, how, request.user)
            messages.success(request, f"{finding.what} is seen to; look below how that goes.")
        elif run := repair(finding=finding, how=how, asked_by=request.user):
            submit(run)
            return redirect("run_page", run.pk)
        else:
            messages.success(request, f"{finding.what}: done.")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("repository_health", finding.repository.name)
