"""Repositories that were taken in from elsewhere, and how far that has come."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from pbins.models.repository import Repository


class ImportState(models.TextChoices):
    QUEUED = "queued", "queued"
    READING = "reading", "reads the repository"
    TAKING = "taking", "takes tarballs"
    PUBLISHING = "publishing", "publishing"
    DONE = "done", "done"
    FAILED = "failed", "failed"


FINAL_IMPORT_STATES = (ImportState.DONE, ImportState.FAILED)


class Import(models.Model):
    """One try to take in a repository that exists already; its row is kept as its record.

    ``host_key`` is the pinned one of an address that is reached by SSH.
    ``tarballs`` is the address, ending in a slash, or the directory where they lie; empty for
    none. ``commit`` is what the other repository was at.
    """

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="imports")
    address = models.CharField(max_length=500, help_text="Of the git repository, or a path.")
    host_key = models.TextField(blank=True)
    branch = models.CharField(max_length=200, blank=True)
    tarballs = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=ImportState, default=ImportState.QUEUED)
    reason = models.TextField(blank=True, help_text="What it waits for, or how it ended.")
    commit = models.CharField(max_length=64, blank=True)
    wanted = models.PositiveIntegerField(default=0, help_text="Tarballs to be taken.")
    taken = models.PositiveIntegerField(default=0, help_text="Tarballs that came, or can't.")
    found = models.PositiveIntegerField(default=0, help_text="Pbins.")
    published = models.PositiveIntegerField(default=0)
    withheld = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(default=timezone.now)
    moved_at = models.DateTimeField(default=timezone.now, help_text="The last sign of life.")

    class Meta:
        ordering = ("-pk",)

    def __str__(self) -> str:
        return f"import {self.pk} into {self.repository}"

    @property
    def is_final(self) -> bool:
        return self.state in FINAL_IMPORT_STATES
