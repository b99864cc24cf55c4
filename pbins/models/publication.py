"""The ledger: publications and the changes they made. Rows are only ever added."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from pbins.models.fields import ByteOrderField
from pbins.models.repository import Channel, Repository
from pbins.models.run import Run


class PublicationState(models.TextChoices):
    PREPARED = "prepared", "prepared"
    PUBLISHED = "published", "published"


class PublicationKind(models.TextChoices):
    """What a publication was made for; feeds tell of the versions of some only."""

    ARRIVAL = "arrival", "arrival"
    BEGIN = "begin", "beginning of a channel"
    PROMOTION = "promotion", "promotion"
    ROLLBACK = "rollback", "roll-back"
    ADDRESS = "address", "new address"
    HISTORY = "history", "imported history"


class Publication(models.Model):
    """One commit of a repository, with every tarball it names.

    ``prepared`` is written before the channel moves and names the commit; after a crash the next
    start sees from the branch itself whether the move took place.
    """

    repository = models.ForeignKey(
        Repository, on_delete=models.CASCADE, related_name="publications"
    )
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="publications")
    kind = models.CharField(max_length=10, choices=PublicationKind, default=PublicationKind.ARRIVAL)
    commit = models.CharField(max_length=64)
    parent = models.CharField(max_length=64, blank=True)
    message = models.TextField()
    state = models.CharField(
        max_length=10, choices=PublicationState, default=PublicationState.PREPARED
    )
    intent = models.JSONField(default=dict, help_text="What the catalogue becomes; see publish.")
    run = models.ForeignKey(
        Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="publications"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    sources = models.JSONField(
        default=dict, help_text="Source repositories that the build used: name to commit."
    )
    is_signed = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(fields=("channel", "commit"), name="publication_commit_once"),
        )

    def __str__(self) -> str:
        return f"{self.repository} publication {self.pk}"


class ChangeKind(models.TextChoices):
    ADDED = "added", "added"
    REPLACED = "replaced", "replaced"
    REMOVED = "removed", "removed"


NEWS = models.Q(news__isnull=False)


class Change(models.Model):
    """One version added, replaced or removed in a channel; feeds are read from here.

    Repository and category are the channel's and the name's own, so that the newest change of any
    feed is one look into one index.
    """

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="changes")
    repository = models.ForeignKey(
        Repository, on_delete=models.CASCADE, related_name="changes", db_index=False
    )
    channel = models.ForeignKey(
        Channel, on_delete=models.CASCADE, related_name="changes", db_index=False
    )
    kind = models.CharField(max_length=8, choices=ChangeKind)
    category = models.CharField(max_length=200)
    name = ByteOrderField(max_length=401, help_text="cat/pkg")
    version = models.CharField(max_length=250)
    slot = models.CharField(max_length=100, blank=True)
    summary = models.TextField(blank=True)
    pbin = models.ForeignKey(
        "Pbin", null=True, blank=True, on_delete=models.SET_NULL, related_name="changes"
    )
    at = models.DateTimeField(db_index=True)
    news = models.PositiveIntegerField(
        null=True,
        blank=True,
        default=1,
        help_text="Of how many changes of its publication feeds tell here; none: elsewhere.",
    )

    class Meta:
        ordering = ("-pk",)
        indexes = (
            models.Index(fields=("channel", "-id"), name="change_of_channel"),
            models.Index(fields=("category", "-id"), name="change_of_category"),
            models.Index(fields=("name", "-id"), name="change_of_package"),
            models.Index(fields=("-id",), name="news", condition=NEWS),
            models.Index(fields=("repository", "-id"), name="news_of_repository", condition=NEWS),
            models.Index(fields=("channel", "-id"), name="news_of_channel", condition=NEWS),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.name}-{self.version}"
