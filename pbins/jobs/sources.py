"""Asking builders what could be built, soon after they may have synced."""

import logging

from pbins.services.connection import connected
from pbins.services.remote import HostTrouble
from pbins.services.source_versions import builders_due, read_source_versions
from pbins.transport.errors import TransportError

logger = logging.getLogger(__name__)


def read_sources() -> None:
    """Each builder in turn; one that can't be asked keeps no other waiting."""
    for host in builders_due():
        try:
            with connected(host) as transport:
                logger.info("%s: %s", host, read_source_versions(host=host, transport=transport))
        except (HostTrouble, TransportError) as trouble:
            logger.warning("%s was not asked for its sources: %s", host, trouble)
