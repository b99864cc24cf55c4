"""Who clicked."""

from django.contrib.auth.models import User
from django.http import HttpRequest


def asker(request: HttpRequest) -> User | None:
    """The member of staff behind a request; the site lets nobody else in."""
    return request.user if isinstance(request.user, User) else None
