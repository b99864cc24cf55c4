"""The portal's address in what hosts see: it may change without touching one pbin."""

import logging

from django.conf import settings

from pbins.models import Channel, PublicationKind
from pbins.services.layouts import addresses_of
from pbins.services.publishing import publish
from pbins.services.troubles import EXPECTED

logger = logging.getLogger(__name__)


def publish_addresses() -> None:
    """Let every channel say where its tarballs are now; nothing happens where it says so."""
    for channel in Channel.objects.exclude(commit="").select_related("repository"):
        addresses = addresses_of(channel)
        if channel.addresses == " ".join(addresses):
            continue
        try:
            _publish(channel, addresses)
        except EXPECTED as error:  # the other channels must not wait for this one
            logger.error("%s could not be told the portal's address: %s", channel, error)  # noqa: TRY400


def _publish(channel: Channel, addresses: list[str]) -> None:
    places = (settings.PBINS_BASE_URL, *addresses[1:])
    message = f"Serve tarballs from {', '.join(places)}"
    kind = PublicationKind.ADDRESS
    if publish(channel=channel, arrivals=[], message=message, kind=kind) is None:
        # The tree says so already: the channel began as a copy of one that did.
        Channel.objects.filter(pk=channel.pk).update(addresses=" ".join(addresses))
