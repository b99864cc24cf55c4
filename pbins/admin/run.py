"""Runs: what was done on which host, and how it ended."""

from django.urls import reverse

from pbins.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from pbins.models import Confirmation, Run, RunEvent, Step


class StepInline(ReadOnlyInline[Step, Run]):
    model = Step
    fields = ("number", "action", "name", "version", "slot", "state", "note")


class ConfirmationInline(ReadOnlyInline[Confirmation, Run]):
    model = Confirmation
    fields = ("kind", "resolvent", "decision", "decided_by", "decided_at")


class EventInline(ReadOnlyInline[RunEvent, Run]):
    model = RunEvent
    fields = ("at", "text", "is_problem")
    verbose_name_plural = "events"


class RunAdmin(ReadOnlyAdmin[Run]):
    list_display = (
        "id",
        "kind",
        "host",
        "repository",
        "state",
        "reason",
        "created_at",
        "finished_at",
        "asked_by",
    )
    list_filter = ("state", "kind", "repository", "host__tags")
    list_select_related = ("host", "repository", "asked_by")
    search_fields = ("=id", "host__name", "reason", "command")
    date_hierarchy = "created_at"
    inlines = (ConfirmationInline, StepInline, EventInline)
    readonly_fields = ("uuid",)
    fieldsets = (
        (None, {"fields": ("kind", "host", "repository", "channel", "state", "reason")}),
        (
            "What was asked for",
            {"fields": ("specs", "package_set", "choices", "rollout", "retry_of", "asked_by")},
        ),
        (
            "What happened",
            {
                "fields": (
                    "command",
                    "exit_status",
                    "verdict",
                    "created_at",
                    "started_at",
                    "finished_at",
                    "cancel_asked",
                    "problems",
                    "uuid",
                )
            },
        ),
    )

    def view_on_site(self, run: Run) -> str:
        return reverse("run_page", args=(run.pk,))
