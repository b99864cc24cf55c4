"""The portal's address in what hosts see: it may change without touching one pbin."""

import logging

from django.conf import settings

from pbins.models import Channel
from pbins.services.publishing import publish
from pbins.storage.errors import StorageError

logger = logging.getLogger(__name__)


def publish_addresses() -> None:
    """Let every channel say where its tarballs are now; nothing happens where it says so."""
    for channel in Channel.objects.exclude(commit="").select_related("repository"):
        message = f"Serve tarballs from {settings.PBINS_BASE_URL}"
        try:
            publish(channel=channel, arrivals=[], message=message)
        except StorageError as error:  # the other channels must not wait for this one
            logger.error("%s could not be told the portal's address: %s", channel, error)  # noqa: TRY400
