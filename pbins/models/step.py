"""What cave said it would do, step by step, and what it will not do unpermitted."""

from django.conf import settings
from django.db import models

from pbins.models.run import Run


class StepState(models.TextChoices):
    PENDING = "pending", "pending"
    ACTIVE = "active", "under way"
    SUCCEEDED = "succeeded", "succeeded"
    FAILED = "failed", "failed"
    SKIPPED = "skipped", "skipped"


class StepAction(models.TextChoices):
    FETCH = "fetch", "fetch"
    CREATE_BINARY = "create_binary", "create binary"
    INSTALL = "install", "install"
    UNINSTALL = "uninstall", "uninstall"


class Step(models.Model):
    """One job of cave's plan (FACTS 4.6): fetch, create a binary, install, or uninstall."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()
    action = models.CharField(max_length=16, choices=StepAction)
    name = models.CharField(max_length=401, help_text="cat/pkg")
    version = models.CharField(max_length=250)
    slot = models.CharField(max_length=100, blank=True)
    origin = models.CharField(max_length=100, help_text="The repository it is made from.")
    destination = models.CharField(max_length=100, blank=True)
    replaces = models.CharField(max_length=300, blank=True)
    change = models.CharField(max_length=8, blank=True, help_text="cave's letter, FACTS 4.4.")
    options = models.TextField(blank=True)
    reasons = models.TextField(blank=True)
    waits_for = models.JSONField(default=list, help_text="Numbers of the steps before it.")
    download = models.CharField(max_length=40, blank=True, help_text="A size as cave prints it.")
    state = models.CharField(max_length=10, choices=StepState, default=StepState.PENDING)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    log_offset = models.BigIntegerField(null=True, blank=True, help_text="Where its output begins.")
    note = models.TextField(blank=True)

    class Meta:
        ordering = ("number",)
        indexes = (
            models.Index(fields=("name", "state", "action", "-id"), name="step_of_package"),
            models.Index(fields=("state", "-id"), name="step_in_state"),
        )
        constraints = (models.UniqueConstraint(fields=("run", "number"), name="step_number_once"),)

    def __str__(self) -> str:
        return f"{self.get_action_display()} {self.name}-{self.version}"


class Decision(models.TextChoices):
    OPEN = "open", "open"
    ALLOWED = "allowed", "allowed"
    DENIED = "denied", "denied"
    SHOWN = "shown", "not asked"  # a plan that is only looked at asks for nothing


class Confirmation(models.Model):
    """Something cave will not do unpermitted (FACTS 4.6); a person allows or denies it."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="confirmations")
    kind = models.CharField(max_length=32)
    resolvent = models.CharField(max_length=300)
    detail = models.TextField(blank=True, help_text="The mask, or the options that would change.")
    permit = models.CharField(max_length=200, blank=True, help_text="cave's option, or a file.")
    line = models.TextField(blank=True, help_text="What allowing adds to that file.")
    decision = models.CharField(max_length=8, choices=Decision, default=Decision.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    by_policy = models.BooleanField(
        default=False, help_text="Allowed beforehand in the repository's settings."
    )

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("run", "kind", "resolvent"), name="confirmation_asked_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ')} of {self.resolvent}"
