"""How far the notes of downloads were counted."""

from django.db import models


class DownloadDay(models.Model):
    """A day's notes, up to byte ``counted_to`` of their file; see services.downloads."""

    day = models.DateField(unique=True)
    counted_to = models.BigIntegerField(default=0)
    downloads = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-day",)

    def __str__(self) -> str:
        return f"{self.downloads} downloads on {self.day}"
