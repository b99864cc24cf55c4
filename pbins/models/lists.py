"""Lists of what deserves a look; derived rows, made anew from the catalogue at any time."""

from django.db import models

from pbins.models.fields import ByteOrderField
from pbins.models.repository import Channel


class ListKind(models.TextChoices):
    """What is listed; the value is the list's name in its address and on the command line."""

    UNNEEDED = "unneeded", "Nothing depends on them"
    UNSATISFIED = "unsatisfied", "Dependencies that no repository satisfies"
    SOURCE_ONLY = "source-only", "Dependencies that hosts would have to build"
    SONAMES = "sonames", "Sonames that nothing provides"
    MARCH = "march", "Built with another -march"
    LAGGING = "lagging", "Behind their source"
    SLOWEST = "slowest", "The slowest to build"
    LARGEST = "largest", "The largest"
    NEWEST = "newest", "The newest"


class ListState(models.Model):
    """When a list was made, and how much belongs on it; no more than its first part is kept."""

    kind = models.CharField(max_length=12, choices=ListKind, unique=True)
    made_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0, help_text="How long making it took.")

    def __str__(self) -> str:
        return self.get_kind_display()


class ListedVersion(models.Model):
    """One row of a list. ``amount`` is bytes, seconds or a number of sonames, by the list."""

    kind = models.CharField(max_length=12, choices=ListKind)
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="listed")
    position = models.PositiveIntegerField()
    category = ByteOrderField(max_length=200)
    package = ByteOrderField(max_length=200)
    version = models.CharField(max_length=250)
    details = models.TextField(blank=True)
    amount = models.BigIntegerField(null=True)

    class Meta:
        ordering = ("kind", "position")
        indexes = (
            models.Index(fields=("kind", "position"), name="listed_in_order"),
            models.Index(fields=("kind", "channel", "position"), name="listed_of_channel"),
        )

    def __str__(self) -> str:
        return f"{self.name}-{self.version}"

    @property
    def name(self) -> str:
        return f"{self.category}/{self.package}"
