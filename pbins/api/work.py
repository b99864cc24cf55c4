"""Runs and rollouts as JSON."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from pbins.api.access import insiders
from pbins.api.answers import PER_PAGE, answer, listed
from pbins.api.publication_shapes import rollout_shape
from pbins.api.run_shapes import NAMED_BY, run_shape, whole_run_shape
from pbins.models import Rollout, Run
from pbins.web.paging import page_of
from pbins.web.run_list import matching_runs


@insiders
def runs(request: HttpRequest) -> HttpResponse:
    """The latest first; all, or those that the page's own filters leave."""
    page = page_of(request, matching_runs(request), PER_PAGE)
    return listed(request, page, "runs", [run_shape(run) for run in page])


@insiders
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """With its plan, its confirmations and what it published."""
    return answer(request, whole_run_shape(get_object_or_404(Run, pk=pk)))


@insiders
def rollouts(request: HttpRequest) -> HttpResponse:
    page = page_of(request, Rollout.objects.select_related("repository").order_by("-pk"), PER_PAGE)
    return listed(request, page, "rollouts", [rollout_shape(one) for one in page])


@insiders
def rollout(request: HttpRequest, pk: int) -> HttpResponse:
    """With its runs."""
    found = get_object_or_404(Rollout.objects.select_related("repository"), pk=pk)
    rows = found.runs.select_related("host", "repository").only(*NAMED_BY).order_by("pk")
    page = page_of(request, rows, PER_PAGE)
    return listed(request, page, "runs", [run_shape(one) for one in page], **rollout_shape(found))
