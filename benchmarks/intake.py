"""How long tarballs take from a builder 20 ms away until they are read, proven and in place.

The peer is what a person would type: tar through ssh, then bzip2 -t and the two sums.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Measure

ROOT = Path(__file__).parents[1]
PEER = "tar | ssh | tar, bzip2 -t, sha256sum, sha512sum"
MANY = (1_500, 10_000, 2.0)
LARGE = (5, 20 * 2**20, 1.5)


def measures() -> Iterator[Measure]:
    """Many small ones, and a few large ones."""
    for count, size, goal in (MANY, LARGE):
        ours, peers = _seconds(count, size)
        name = f"{count} tarballs of {size // 1000} kB taken over"
        yield Measure(
            name, ours, "s", goal, at_most=True, peer=PEER, ratio=ours / peers, goal_is_ratio=True
        )


def _seconds(count: int, size: int) -> tuple[float, float]:
    with TemporaryDirectory(prefix="pbins-bench-") as directory:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks._intake", directory, str(count), str(size)],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PBINS_DATA_DIR": f"{directory}/portal"},
            stdout=subprocess.PIPE,
            check=True,
        )
    ours, peers = json.loads(done.stdout.splitlines()[-1])
    return ours, peers
