"""What is alike for all places outside that a repository is delivered to."""

from django.db import models

from pbins.models.credential import Credential


class Outlet(models.Model):
    """A place that somebody else runs: reached with what only we know, and not always.

    ``host_key`` is the pinned one of a place reached by SSH. ``failing_since`` and what follows it
    tell of attempts since all was well; ``delivered_at`` when everything was last seen to be there.
    """

    is_enabled = models.BooleanField("enabled", default=True)
    username = models.CharField(max_length=200, blank=True)
    sealed_secret = models.BinaryField(default=b"", editable=False)
    credential = models.ForeignKey(
        Credential,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="For SSH; the portal's own when none is chosen.",
    )
    host_key = models.TextField(blank=True, editable=False)
    offered_host_key = models.TextField(blank=True, editable=False)
    delivered_at = models.DateTimeField(null=True, blank=True, editable=False)
    failing_since = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveIntegerField(default=0, editable=False)
    next_attempt_at = models.DateTimeField(null=True, blank=True, editable=False)
    error = models.TextField(blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    @property
    def has_secret(self) -> bool:
        return bool(self.sealed_secret)
