"""What people's accounts have beside Django's user: tokens for reading, and tries to log in."""

import secrets

from django.conf import settings
from django.db import models
from django.utils import timezone


def new_nonce() -> str:
    return secrets.token_hex(8)


class ReadingToken(models.Model):
    """Lets feed readers and scripts read what its owner may read, and change nothing.

    The token itself is not stored: it is the user and the nonce, signed (services/tokens.py).
    Another nonce makes the old token worthless.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reading_token"
    )
    nonce = models.CharField(max_length=16, default=new_nonce, editable=False)
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"reading token of {self.user}"


class LogInTries(models.Model):
    """How often one account, or one address, was tried since ``since``; see services/doors.py."""

    key = models.CharField(max_length=200, unique=True)
    tries = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "log-in tries"

    def __str__(self) -> str:
        return f"{self.tries} tries of {self.key}"
