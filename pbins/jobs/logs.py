"""Looking after the logs of runs that are over."""

import logging

from pbins.services.log_keeping import compress_logs, remove_old_logs

logger = logging.getLogger(__name__)


def compress_finished_logs() -> None:
    if count := compress_logs():
        logger.info("compressed the logs of %s runs", count)


def remove_logs_kept_long_enough() -> None:
    if count := remove_old_logs():
        logger.info("removed the logs of %s runs", count)
