"""How often tarballs are fetched from here, from the first byte to the last.

Serving must not wait for the database: a download is noted by one appended line in a file of its
day, and the notes are counted later, each exactly once, for a row knows how far a file was counted.
"""

import logging
from collections import Counter, defaultdict
from datetime import date, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from pbins.models import DownloadDay, Tarball
from pbins.services.parts import in_parts
from pbins.services.places import places
from pbins.storage.notes import UnwritableNote, add_note, read_notes

KEPT = timedelta(days=2)
"""Notes are kept so long after their day: a process may be about to write one."""

logger = logging.getLogger(__name__)


def note_download(repository: str, name: str) -> None:
    """Never fails: a host that could fetch is worth more than a number."""
    try:
        add_note(_file_of(timezone.now().date()), f"{repository} {name}")
    except (OSError, UnwritableNote) as error:
        logger.warning("A download of %s was not counted: %s", name, error)


def count_downloads() -> int:
    """Count what was noted since the last time; returns how many downloads that were."""
    directory = places().downloads
    files = sorted(directory.iterdir()) if directory.is_dir() else []
    counted = 0
    for file in files:
        day = _day_of(file)
        if day is None:
            continue
        counted += _count(day, file)
        if timezone.now().date() - day > KEPT:
            file.unlink()
    return counted


@transaction.atomic
def _count(day: date, file: Path) -> int:
    DownloadDay.objects.get_or_create(day=day)
    row = DownloadDay.objects.select_for_update().get(day=day)
    lines, end = read_notes(file, row.counted_to)
    if not lines:
        return 0
    row.counted_to = end
    row.downloads += len(lines)
    row.save(update_fields=("counted_to", "downloads"))
    _add(Counter(lines))
    return len(lines)


def _add(counts: Counter[str]) -> None:
    """Few statements however many tarballs: those fetched equally often together."""
    alike: dict[tuple[str, int], list[str]] = defaultdict(list)
    for line, count in counts.items():
        repository, _, name = line.partition(" ")
        alike[repository, count].append(name)
    for (repository, count), names in alike.items():
        for part in in_parts(names):
            some = Tarball.objects.filter(repository__name=repository, name__in=part)
            some.update(downloads=F("downloads") + count)


def _file_of(day: date) -> Path:
    return places().downloads / day.isoformat()


def _day_of(file: Path) -> date | None:
    try:
        return date.fromisoformat(file.name)
    except ValueError:  # not ours
        return None
