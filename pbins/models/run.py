"""Runs: what the portal does on hosts, and how far it has come."""

from datetime import datetime, timedelta
from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from pbins.models.host import Host
from pbins.models.repository import Channel, PackageSet, Repository
from pbins.models.run_state import (
    DETACHED_KINDS,
    FINAL_STATES,
    FOLLOWED_STATES,
    HOLDING_STATES,
    UNFINISHED_STATES,
    RunKind,
    RunState,
    Stage,
)

WAITING_PER_POINT = timedelta(minutes=10)


class RunQuerySet(models.QuerySet["Run"]):
    """The reading vocabulary of runs."""

    def final(self) -> Self:
        return self.filter(state__in=FINAL_STATES)

    def unfinished(self) -> Self:
        return self.filter(state__in=UNFINISHED_STATES)  # an index finds these few

    def moving(self) -> Self:
        """Runs that a job should be moving on; one that waits for a person is not among them."""
        return self.unfinished().exclude(state=RunState.CONFIRMING)

    def followed(self) -> Self:
        """Runs whose work goes on on a host, whether we look or not."""
        return self.filter(state__in=FOLLOWED_STATES, kind__in=DETACHED_KINDS)

    def unleased(self) -> Self:
        """Runs that nobody moves at this moment."""
        return self.filter(Q(lease="") | Q(leased_until__lt=timezone.now()))

    def held_back(self) -> Self:
        """Queued runs of a rollout whose batch has not begun."""
        return self.filter(state=RunState.QUEUED, batch__gt=F("rollout__batch"))

    def holding(self, host: Host) -> Self:
        return self.filter(host=host, state__in=HOLDING_STATES)

    def ahead_of(self, run: "Run") -> list["Run"]:
        """Queued runs of the same host whose turn is earlier, the first of them first."""
        queued = self.filter(host=run.host, state=RunState.QUEUED).exclude(kind=RunKind.PROBE)
        queued = queued.exclude(pk__in=self.held_back().values("pk"))
        before = (other for other in queued if other.turn < run.turn)
        return sorted(before, key=lambda other: other.turn)


class RunMoved(Exception):
    """Somebody else has moved the run out of the state in which we thought it was."""


class Run(models.Model):
    """One piece of work on one host.

    ::

        queued ──► starting ──► planning ──► executing ──► collecting ──► publishing ──► succeeded
          ▲            │           │  ▲                                                  partial
          │            │           ▼  │ (allowed: queued again)
          └────────────┼───── confirming
                       │
                       └── probe, provision, sync: starting ──► executing ──► end

    A plan only ends behind planning; ``stage`` says what planning is at (services/plans.py). A run
    that collects again what another one has made goes from starting to collecting.
    Any unfinished state may end as failed, cancelled or lost. Every transition is one guarded
    UPDATE (``move``) that must touch one row. ``reason`` always says, in an administrator's
    words, why the run waits or how it ended. At most one run holds a host (constraint
    ``one_run_holds_a_host``); a run that waits for a person's confirmation does not hold it.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=12, choices=RunKind)
    host = models.ForeignKey(Host, on_delete=models.PROTECT, related_name="runs")
    repository = models.ForeignKey(
        Repository, null=True, blank=True, on_delete=models.PROTECT, related_name="runs"
    )
    channel = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.PROTECT, related_name="runs"
    )
    package_set = models.ForeignKey(
        PackageSet, null=True, blank=True, on_delete=models.SET_NULL, related_name="runs"
    )
    rollout = models.ForeignKey(
        "Rollout", null=True, blank=True, on_delete=models.SET_NULL, related_name="runs"
    )
    batch = models.PositiveIntegerField(default=0, help_text="Of its rollout; 0 is the first.")
    retry_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="retries"
    )
    specs = models.JSONField(default=list, help_text="Package specs, or the name of one set.")
    choices = models.JSONField(default=dict, help_text="What else was asked for.")

    state = models.CharField(
        max_length=12, choices=RunState, default=RunState.QUEUED, db_index=True
    )
    reason = models.TextField(blank=True)
    stage = models.CharField(max_length=10, choices=Stage, blank=True)
    plan_command = models.TextField(blank=True, help_text="What the plan was made with.")
    command = models.TextField(blank=True, help_text="What was executed, as it was confirmed.")
    exit_status = models.IntegerField(null=True, blank=True)
    verdict = models.CharField(max_length=20, blank=True)
    priority = models.SmallIntegerField(default=0, help_text="Higher goes first; waiting adds.")
    timeout_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="Instead of the repository's."
    )
    silence_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="Instead of the repository's."
    )
    expected_seconds = models.FloatField(
        null=True, blank=True, help_text="How long the work takes by what is known of the past."
    )
    last_output_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(
        max_length=20, blank=True, help_text="A first guess at the class of failure."
    )
    attempt = models.PositiveIntegerField(default=1, help_text="Plans made, one per confirmation.")
    cancel_asked = models.BooleanField(default=False)
    problems = models.PositiveIntegerField(default=0, help_text="Contacts that failed in a row.")

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    job = models.CharField(max_length=64, blank=True, help_text="The job submitted last.")
    lease = models.CharField(max_length=64, blank=True, help_text="The job that moves it now.")
    leased_until = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("repository", "-id"), name="run_of_repository"),
            models.Index(fields=("host", "kind", "-id"), name="run_of_host"),
            models.Index(fields=("kind", "finished_at", "state"), name="run_ended"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("host",),
                condition=Q(state__in=[state.value for state in HOLDING_STATES])
                & ~Q(kind=RunKind.PROBE.value),
                name="one_run_holds_a_host",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk} on {self.host}"

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_STATES

    @property
    def is_followed(self) -> bool:
        """Whether work on the host goes on, to be followed."""
        return self.state in FOLLOWED_STATES and self.kind in DETACHED_KINDS

    @property
    def home(self) -> Repository:
        """The repository of a build, sync or provision; a probe has none."""
        if self.repository is None:
            raise ValueError(f"{self} has no repository")
        return self.repository

    @property
    def target(self) -> Channel:
        """The channel that a build publishes to or a sync follows; a probe has none."""
        if self.channel is None:
            raise ValueError(f"{self} has no channel")
        return self.channel

    @property
    def turn(self) -> tuple[datetime, int]:
        """What a queue is sorted by: a point of priority is worth so much waiting."""
        return self.created_at - self.priority * WAITING_PER_POINT, self.pk

    def move(self, to: RunState, *, reason: str = "", **values: Any) -> None:
        """One guarded transition; raises RunMoved when the row is no longer in our state.

        The unique constraint lets an IntegrityError through where the host is already held.
        """
        now = timezone.now()
        values |= {"state": to, "reason": reason}
        if to == RunState.STARTING:
            values["started_at"] = now
        if to in FINAL_STATES:
            values["finished_at"] = now
        touched = Run.objects.filter(pk=self.pk, state=self.state).update(**values)
        if touched != 1:
            raise RunMoved(f"run {self.pk} is no longer {self.state}")
        for name, value in values.items():
            setattr(self, name, value)

    def take_lease(self, owner: str, until: datetime) -> bool:
        """Whether ``owner`` is now the only one that moves this run."""
        free = Q(lease="") | Q(lease=owner) | Q(leased_until__lt=timezone.now())
        taken = Run.objects.filter(free, pk=self.pk).update(lease=owner, leased_until=until)
        return taken == 1

    def drop_lease(self, owner: str) -> None:
        Run.objects.filter(pk=self.pk, lease=owner).update(lease="", leased_until=None)


class RunEvent(models.Model):
    """Something the portal itself did or saw during a run; the host's words are in the log."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    is_problem = models.BooleanField(default=False)
    text = models.TextField()

    class Meta:
        ordering = ("pk",)

    def __str__(self) -> str:
        return self.text


class RunFile(models.Model):
    """A file of the host that was kept with the run: the failing action's own log, config.log."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=200)
    origin = models.CharField(max_length=500, help_text="Its path on the host.")
    size = models.BigIntegerField(help_text="Bytes.")
    kept_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("run", "name"), name="run_file_once"),)

    def __str__(self) -> str:
        return self.name


class Rollout(models.Model):
    """Runs of one kind over many hosts, asked for at once; done at once, or batch by batch."""

    kind = models.CharField(max_length=12, choices=RunKind)
    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="rollouts")
    specs = models.JSONField(default=list)
    batches = models.PositiveIntegerField(default=1)
    batch = models.PositiveIntegerField(default=0, help_text="The last that has begun.")
    stop_after = models.PositiveIntegerField(
        default=0, help_text="After so many bad ends no batch begins; 0 for never."
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"{self.kind} rollout {self.pk} of {self.repository}"
