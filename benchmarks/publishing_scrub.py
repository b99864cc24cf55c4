"""How fast a full scrub is: everything that it does, beside sha256sum over the same files."""

import json
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.measure import Measure

GOAL = 0.7
"""Of sha256sum's own speed."""


def measures() -> Iterator[Measure]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks._scrub"], check=True, capture_output=True, text=True
    )
    ours, peers = json.loads(done.stdout.splitlines()[-1])
    yield Measure(
        "full scrub of 300 tarballs",
        ours / 1_000_000,
        "MB/s",
        goal=GOAL,
        peer=f"sha256sum at {peers / 1_000_000:.0f} MB/s",
        ratio=ours / peers,
        goal_is_ratio=True,
    )
