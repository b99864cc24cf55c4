"""Keeping the lists of what deserves a look up to date."""

import logging

from pbins.services.list_making import make_lists_if_due

logger = logging.getLogger(__name__)


def look_after_lists() -> None:
    if make_lists_if_due():
        logger.info("made the lists anew")
