"""How much the database of a measurement holds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """Versions, and what else there is beside them.

    ``names``: under how many names each real package is there. ``installed``: versions on a host.
    ``edits``: the last publications of a channel that are real commits, ten versions each.
    """

    versions: int
    hosts: int
    runs: int
    names: int = 8
    installed: int = 200
    edits: int = 4


LARGE = Sizes(versions=100_000, hosts=1_000, runs=20_000)
SEED = 1
FETCHED = 5
"""So many tarballs are on the disk, the first of each repository."""
