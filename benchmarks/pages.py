"""How fast pages are with 100,000 versions and 1,000 hosts, on SQLite and on PostgreSQL.

Every page, its JSON and its live parts in one process, with all middleware, as somebody who may see
everything; then the same portal behind its web server while feeds are polled and tarballs fetched.
Each database is filled first, which takes a few minutes.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks._postgresql import NotInstalledError, cluster
from benchmarks.measure import Measure

ROOT = Path(__file__).parents[1]
PAGE_GOAL = 100.0
GOALS = {"a feed's 304": 5.0}
"""Milliseconds at the 95th percentile."""


def measures() -> Iterator[Measure]:
    """A line for each page on each database."""
    yield from _of("SQLite", {})
    try:
        with cluster() as url:
            yield from _of("PostgreSQL", {"PBINS_DATABASE_URL": url})
    except NotInstalledError as error:
        print(error, file=sys.stderr)
        yield Measure("pages on PostgreSQL, which is not installed", 0, "pages", goal=1)


def _of(database: str, variables: dict[str, str]) -> Iterator[Measure]:
    with TemporaryDirectory(prefix="pbins-bench-") as directory:
        known = {"PATH": os.environ["PATH"], "PBINS_DATA_DIR": directory, **variables}
        for module in ("benchmarks._fill", "benchmarks._pages", "benchmarks._load"):
            for name, value in _told_by(module, known):
                goal = GOALS.get(name, PAGE_GOAL)
                words = f"{name} on {database}, 95th percentile"
                yield Measure(words, value, "ms", goal=goal, at_most=True)


def _told_by(module: str, variables: dict[str, str]) -> Iterator[tuple[str, float]]:
    """Each line as soon as it is there: a name, and milliseconds at the 95th percentile."""
    command = [sys.executable, "-m", module]
    with subprocess.Popen(
        command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None:
            raise AssertionError("it is a pipe")
        for line in process.stdout:
            name, _, slow = json.loads(line)
            yield name, slow
    if process.returncode:
        raise SystemExit(process.returncode)
