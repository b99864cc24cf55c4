"""How far the hosts that follow a channel were behind it, over time."""

from django.db import models
from django.utils import timezone

from pbins.models.repository import Channel


class LagSample(models.Model):
    """What was seen of a channel's followers at one moment."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="lag_samples")
    at = models.DateTimeField(default=timezone.now, db_index=True)
    followers = models.PositiveIntegerField(help_text="Hosts that follow the channel.")
    behind = models.PositiveIntegerField(help_text="Of those, hosts that are not at its head.")
    longest = models.PositiveIntegerField(
        default=0, help_text="Seconds for which the one that is furthest behind could have synced."
    )

    class Meta:
        ordering = ("at",)

    def __str__(self) -> str:
        return f"{self.behind} of {self.followers} behind {self.channel} at {self.at}"
