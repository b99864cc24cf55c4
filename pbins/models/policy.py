"""Who may move a channel, and when it moves by itself."""

from django.contrib.auth.models import Group
from django.db import models

from pbins.models.host import Host
from pbins.models.repository import Channel


class ChannelPolicy(models.Model):
    """What a channel allows.

    ``movers`` may promote to it and roll it back; without any, every operator may. With a
    ``source`` it is promoted from there by itself, ``hours`` after the last of the ``canaries``
    (without any: all hosts that follow the source) had the same commit and no sync failed since.
    ``promoted_commit`` is the source's that was promoted last: whoever rolled that back meant it.
    """

    channel = models.OneToOneField(Channel, on_delete=models.CASCADE, related_name="policy")
    movers = models.ManyToManyField(Group, blank=True, related_name="+")
    source = models.ForeignKey(
        Channel, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    hours = models.PositiveIntegerField(default=24)
    canaries = models.ManyToManyField(Host, blank=True, related_name="+")
    promoted_commit = models.CharField(max_length=64, blank=True, editable=False)
    refusal = models.TextField(blank=True, editable=False)

    class Meta:
        ordering = ("channel",)
        verbose_name_plural = "channel policies"

    def __str__(self) -> str:
        return f"policy of {self.channel}"
