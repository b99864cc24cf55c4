"""What becomes of logs when their runs are over: compressed, kept for a time, removed."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from pbins.models import Repository, Run, RunFile
from pbins.services.following import note
from pbins.services.kept_files import kept_file
from pbins.services.logs import log_of
from pbins.services.places import places
from pbins.storage.errors import StorageFull

logger = logging.getLogger(__name__)
REST = timedelta(minutes=10)  # whoever reads the end of a run's log now is not disturbed
BATCH = 200


def compress_logs() -> int:
    """Compress the logs of runs that are over; how many there were.

    Found on the disk and not by the rows, so that it never matters how many runs there ever were.
    """
    compressed = 0
    ended_before = timezone.now() - REST
    uncompressed = _uncompressed()
    while batch := [uuid for _, uuid in zip(range(BATCH), uncompressed, strict=False)]:
        for run in Run.objects.final().filter(uuid__in=batch, finished_at__lt=ended_before):
            try:
                compressed += log_of(run).compress()
            except StorageFull as error:
                logger.warning("The log of run %s stays as it is: %s", run.pk, error)
                return compressed
    return compressed


def remove_old_logs() -> int:
    """Remove what the repositories' policies keep no longer; how many logs there were.

    A run without a repository goes by the longest of the policies. 0 days: kept for ever.
    """
    days = dict(Repository.objects.values_list("pk", "keep_logs_days"))
    others = 0 if 0 in days.values() else max(days.values(), default=0)
    removed = 0
    for repository, keep in [*days.items(), (None, others)]:
        if keep:
            runs = Run.objects.final().filter(repository=repository)
            old = runs.filter(finished_at__lt=timezone.now() - timedelta(days=keep))
            removed += sum(_remove(run, keep) for run in old.iterator())
    return removed


def _remove(run: Run, keep: int) -> bool:
    log = log_of(run)
    if log.is_removed or not log.path.parent.exists():
        return False
    for file in RunFile.objects.filter(run=run).select_related("run"):
        kept_file(file).remove()
        file.delete()
    log.remove()
    note(run, f"Its log was removed: logs are kept for {keep} days.")
    return True


def _uncompressed() -> Iterator[UUID]:
    root = places().run_log(UUID(int=0)).parent.parent
    for path in root.glob("*/log"):
        try:
            yield UUID(path.parent.name)
        except ValueError:
            logger.warning("%s is not a run's directory", path.parent)
