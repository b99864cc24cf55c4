"""What is wrong with a repository's files, what is kept of it, and how much room it takes."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from pbins.models.repository import Repository


class FindingKind(models.TextChoices):
    """What a scrub can find; each names in ``Finding.what`` the thing that it is about."""

    MISSING = "missing", "tarball is gone"
    TRUNCATED = "truncated", "tarball is cut short"
    ALTERED = "altered", "tarball was altered"
    UNREADABLE = "unreadable", "tarball can't be read"
    NO_TARBALL = "no_tarball", "pbin without tarball"
    NO_PBIN = "no_pbin", "tarball without pbin"
    MANIFEST = "manifest", "Manifest disagrees"
    TREE = "tree", "files and catalogue disagree"
    CHANNEL = "channel", "channel is elsewhere"
    LEFTOVER = "leftover", "half-written leftover"
    BUILDER_LEFTOVER = "host_leftover", "leftover on a builder"
    BUILDER_ORPHAN = "host_orphan", "orphan on a builder"
    BUILDER_UNNEEDED = "host_unneeded", "not needed any more, on a builder"
    BUILDER_STRANGER = "host_stranger", "never taken over from a builder"
    BUILDER_UNSEEN = "host_unseen", "builder could not be looked at"
    TROUBLE = "trouble", "could not be looked after"


class FindingQuerySet(models.QuerySet["Finding"]):
    """The reading vocabulary of a repository's health."""

    def open(self) -> Self:
        return self.filter(settled_at=None)


class Finding(models.Model):
    """Something that a scrub saw to be wrong; ``settled`` says what became of it."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="findings")
    kind = models.CharField(max_length=14, choices=FindingKind)
    what = models.CharField(max_length=600, help_text="A tarball, a file of a channel, a path.")
    details = models.TextField(blank=True)
    found_at = models.DateTimeField(default=timezone.now)
    attempt = models.TextField(blank=True, help_text="What the last attempt to repair it told.")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled = models.TextField(blank=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ("kind", "what")
        constraints = (
            models.UniqueConstraint(
                fields=("repository", "kind", "what"),
                condition=Q(settled_at=None),
                name="finding_open_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.what}"


class Pin(models.Model):
    """A version that a person wants kept, whatever the policy says."""

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="pins")
    name = models.CharField(max_length=401, help_text="cat/pkg")
    version = models.CharField(max_length=250)
    reason = models.CharField(max_length=200, blank=True)
    pinned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    pinned_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("name", "version")
        constraints = (
            models.UniqueConstraint(fields=("repository", "name", "version"), name="pin_once"),
        )

    def __str__(self) -> str:
        return f"{self.name}-{self.version}"


class DiskSample(models.Model):
    """How much room a repository took on one day, in bytes."""

    PARTS = ("distfiles", "trash", "withheld", "git", "trees")

    repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="samples")
    day = models.DateField()
    tarballs = models.PositiveIntegerField(help_text="How many are served.")
    distfiles = models.BigIntegerField()
    trash = models.BigIntegerField()
    withheld = models.BigIntegerField(default=0)
    git = models.BigIntegerField()
    trees = models.BigIntegerField(default=0)

    class Meta:
        ordering = ("day",)
        constraints = (
            models.UniqueConstraint(fields=("repository", "day"), name="disk_sample_once_a_day"),
        )

    def __str__(self) -> str:
        return f"{self.repository} on {self.day}"

    @property
    def total(self) -> int:
        return self.distfiles + self.trash + self.withheld + self.git + self.trees
