"""A run's page, and the part of it that is asked for again while the run goes on."""

from hashlib import sha256

from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from pbins.models import Change, Run, RunKind, RunState, Step, StepState
from pbins.services.collecting_again import why_not_collectable
from pbins.services.failures import failures_of
from pbins.services.forecasts import Forecast, forecast
from pbins.services.limits import limits_of
from pbins.services.retrying import why_not_resumable
from pbins.web.access import PortalRequest, readers
from pbins.web.run_confirmations import allowable, asked_of
from pbins.web.run_progress import Progress, progress_of, time_left

MANY = 200
WINDOW = 50  # steps of a very long plan that are shown at a time
WITH_PLAN = (RunKind.PLAN, RunKind.BUILD)
RELATED = ("host", "repository", "package_set", "asked_by", "rollout", "retry_of", "channel")
Shown = dict[str, object]


@readers
def run_page(request: PortalRequest, pk: int) -> HttpResponse:
    return render(request, "pbins/run_page.html", _shown(request, pk))


@readers
def run_live(request: PortalRequest, pk: int) -> HttpResponse:
    """What has become of it; 204 while it is still as the page that asks has it."""
    shown = _shown(request, pk, is_watched=True)
    if request.GET.get("seen") == shown["seen"]:
        return HttpResponse(status=204)
    return render(request, "pbins/_run_live.html", shown)


def _shown(request: PortalRequest, pk: int, *, is_watched: bool = False) -> Shown:
    """``is_watched``: the page was opened before the end, and keeps the sizes of its parts."""
    run = get_object_or_404(Run.objects.select_related(*RELATED), pk=pk)
    progress = progress_of([run]).get(run.pk, Progress(0, 0, 0))
    show_all = "all" in request.GET or progress.total <= MANY
    confirmations = asked_of(run)
    forecasted = forecast(run, timezone.now())
    changes = Change.objects.filter(publication__run=run)
    return {
        "run": run,
        "progress": progress,
        "steps": list(run.steps.all() if show_all else _telling(run)),
        "active": run.steps.filter(state=StepState.ACTIVE).first(),
        "has_plan": run.kind in WITH_PLAN,
        "is_watched": is_watched or not run.is_final,
        "stage": _stage(run),
        "steps_left_out": not show_all,
        "confirmations": confirmations,
        "allowable": allowable(confirmations),
        "must_decide": any(asked.is_open for asked in confirmations),
        "events": run.events.all(),
        "publications": run.publications.select_related("repository", "channel"),
        "changes": changes.select_related("channel__repository", "pbin__tarball")[:MANY],
        "changes_count": changes.count(),
        "retries": run.retries.all(),
        "failures": failures_of(run),
        "files": run.files.all(),
        "time_left": time_left(forecasted.ends_at),
        "is_resumable": not why_not_resumable(run),
        "is_collectable": not why_not_collectable(run),
        "forecast": forecasted,
        "limits": limits_of(run) if run.repository else None,
        "seen": _fingerprint(run, progress, forecasted),
    }


def _telling(run: Run) -> QuerySet[Step]:
    """Of a long plan: what failed, what is under way, and those about it.

    They are the same ones for a while, so that one can read them.
    """
    active = run.steps.filter(state=StepState.ACTIVE).values_list("number", flat=True).first()
    at = active or run.steps.exclude(state=StepState.PENDING).count()
    first = at // WINDOW * WINDOW
    nearby = Q(number__range=(first - 5, first + WINDOW + 5))
    return run.steps.filter(nearby | Q(state__in=(StepState.FAILED, StepState.ACTIVE)))[:MANY]


def _stage(run: Run) -> str:
    """Which of its views the page shows: the question, the work, or the end."""
    if run.state == RunState.CONFIRMING:
        return "asks"
    return "ended" if run.is_final else "works"


def _fingerprint(run: Run, progress: Progress, forecasted: Forecast) -> str:
    """Another one whenever the live part has changed."""
    parts = (
        time_left(forecasted.ends_at),
        run.files.count(),
        run.state,
        run.reason,
        run.cancel_asked,
        progress,
        len(forecasted.unusual),
        list(run.steps.filter(state=StepState.ACTIVE).values_list("number", flat=True)),
        list(run.confirmations.values_list("pk", "decision")),
        run.events.count(),
        run.publications.count(),
    )
    return sha256(repr(parts).encode()).hexdigest()[:16]
