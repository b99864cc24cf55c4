"""What a crash or a cut left half written on our own disk."""

import re
from collections.abc import Iterator
from pathlib import Path

from pbins.models import FindingKind, Repository
from pbins.services.findings import Seen
from pbins.services.keeping import under_way_since
from pbins.services.places import distfiles_of, places

ARCHIVE = re.compile(r"run-(\d+)\.tar")
"""A builder's new pbins on their way in."""


def check_leftovers(repository: Repository) -> list[Seen]:
    """Files that no work under way can be about, by their path within the data directory."""
    since = under_way_since(repository).timestamp()
    root = places().root
    seen = []
    for path in _suspects(repository):
        try:
            status = path.lstat()
        except FileNotFoundError:  # whoever used it is ready with it
            continue
        if status.st_ctime < since:
            what = str(path.relative_to(root))
            seen.append(
                Seen(FindingKind.LEFTOVER, what, f"{status.st_size} bytes that nobody uses.")
            )
    return seen


def _suspects(repository: Repository) -> Iterator[Path]:
    incoming = places().incoming
    coming = incoming / repository.name
    if coming.is_dir():
        yield from sorted(coming.iterdir())
    runs = set(repository.runs.values_list("pk", flat=True))
    for path in sorted(incoming.glob("run-*.tar")):
        match = ARCHIVE.fullmatch(path.name)
        if match and int(match[1]) in runs:
            yield path
    distfiles = distfiles_of(repository)
    yield from (distfiles.root / name for name in distfiles.strays())
