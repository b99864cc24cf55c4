"""How fast publishing is: many at once, a few into a large repository, a real one taken in.

Run in a process of its own with a data directory and a database of its own, in `_publishing`.
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
NEW = 1_000
LARGE = 100_000
FEW = 10


def measures() -> Iterator[Measure]:
    """The three goals of publishing."""
    seconds = _seconds("many")
    yield Measure(f"{NEW} new pbins published", seconds, "s", goal=5.0, at_most=True)
    seconds = _seconds("few")
    name = f"{FEW} new in a repository of {LARGE}"
    yield Measure(name, seconds, "s", goal=1.0, at_most=True)
    corpus = ROOT / ".." / "shared" / "corpus" / "binhost-2017-02-02.tar.xz"
    if corpus.exists():
        seconds = _seconds("corpus", str(corpus))
        yield Measure("a real repository imported", seconds, "s", goal=5.0, at_most=True)


def _seconds(scenario: str, *arguments: str) -> float:
    with TemporaryDirectory(prefix="pbins-bench-") as directory:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks._publishing", scenario, *arguments],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PBINS_DATA_DIR": directory},
            stdout=subprocess.PIPE,
            check=True,
        )
    return float(json.loads(done.stdout.splitlines()[-1]))
