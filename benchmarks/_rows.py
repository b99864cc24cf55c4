"""Everything that the pages of a portal in use can show."""

from collections.abc import Sequence

from benchmarks._catalogue import fill_catalogue
from benchmarks._further_rows import fill_further
from benchmarks._health_rows import fill_health
from benchmarks._history import fill_fleet, fill_runs, fill_sets
from benchmarks._sizes import Sizes
from pbins.services.reindexing import reindex


def fill(sizes: Sizes, pbins: Sequence[tuple[str, str]]) -> None:
    """Fill an empty database from these pbins, each as (path, text)."""
    repositories = fill_catalogue(sizes, pbins)
    hosts = fill_fleet(sizes, repositories)
    fill_sets(sizes)
    fill_runs(sizes, repositories[0], hosts)
    fill_health(sizes, repositories[0])
    fill_further(sizes, repositories[0])
    reindex(tell=lambda _: None)
