"""Reading tokens: what feed readers and scripts show instead of a session.

A token is the number of its owner and a signature over that and the nonce in the owner's row, so
that a copy of the database gives none away.
"""

from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from pbins.models import ReadingToken
from pbins.models.account import new_nonce

LENGTH = 40  # hexadecimal digits, 160 bits


def token_of(user: User) -> str:
    """The token that somebody has; nothing when it was never made, or revoked."""
    row = ReadingToken.objects.filter(user=user).first()
    return _written(row) if row else ""


def make_token(user: User) -> str:
    """A new one; the old one, if any, is worthless from now on."""
    row, _ = ReadingToken.objects.update_or_create(
        user=user, defaults={"nonce": new_nonce(), "made_at": timezone.now()}
    )
    return _written(row)


def revoke_token(user: User) -> None:
    ReadingToken.objects.filter(user=user).delete()


def owner_of(token: str) -> User | None:
    """Who may read with it; None for one that nobody has, or somebody who was locked out."""
    number, _, _ = token.partition("-")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        return None
    found = ReadingToken.objects.select_related("user").filter(user=int(number)).first()
    if found is None or not constant_time_compare(token, _written(found)):
        return None
    return found.user if found.user.is_active else None


def _written(row: ReadingToken) -> str:
    signed = f"{row.user_id}:{row.nonce}"
    digest = salted_hmac("pbins.reading", signed, algorithm="sha256").hexdigest()
    return f"{row.user_id}-{digest[:LENGTH]}"
