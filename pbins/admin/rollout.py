"""Rollouts: the same work on many hosts."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from pbins.admin.readonly import ReadOnlyAdmin, listing_link
from pbins.models import FINAL_STATES, Rollout, RunState


class RolloutAdmin(ReadOnlyAdmin[Rollout]):
    list_display = ("id", "kind", "repository", "progress", "created_at", "asked_by")
    list_filter = ("kind", "repository")
    list_select_related = ("repository", "asked_by")
    date_hierarchy = "created_at"
    fields = ("kind", "repository", "specs", "created_at", "asked_by", "linked_runs")
    readonly_fields = ("linked_runs",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rollout]:
        return super().get_queryset(request).prefetch_related("runs")

    def view_on_site(self, rollout: Rollout) -> str:
        return reverse("rollout_page", args=(rollout.pk,))

    @admin.display(description="runs")
    def linked_runs(self, rollout: Rollout) -> SafeString:
        return listing_link("run", self.progress(rollout), rollout=rollout.pk)

    @admin.display(description="runs")
    def progress(self, rollout: Rollout) -> str:
        states = [run.state for run in rollout.runs.all()]
        ended = sum(state in FINAL_STATES for state in states)
        succeeded = states.count(RunState.SUCCEEDED)
        return f"{ended} of {len(states)} ended, {succeeded} succeeded"
