"""How soon the portal shows what a build prints, and how soon a build begins.

A real portal with real SSH to stand-in builders; their sshd shares this machine's cores.
"""

import json
import subprocess
import sys
from collections.abc import Iterator

from benchmarks.measure import Measure

LIMITS = {
    "first_command": ("from Build to a stage that has begun on an idle host", "s", 2.0),
    "lag_median_1": ("log lag with 1 build, median", "s", 1.0),
    "lag_p95_1": ("log lag with 1 build, 95th percentile", "s", 1.0),
    "lag_median_50": ("log lag with 50 builds, median", "s", 1.0),
    "lag_p95_50": ("log lag with 50 builds, 95th percentile", "s", 1.0),
}
INTAKE_GOAL = 5.0  # megabytes a second


def measures() -> Iterator[Measure]:
    """Each as soon as it is known."""
    command = [sys.executable, "-m", "benchmarks._portal"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None:
            raise AssertionError("it is a pipe")
        for line in process.stdout:
            name, value = json.loads(line)
            if name == "intake":
                rate = value / 1_000_000
                yield Measure("intake of one follower", rate, "MB/s", INTAKE_GOAL)
            else:
                words, unit, goal = LIMITS[name]
                yield Measure(words, value, unit, goal, at_most=True)
    if process.returncode:
        raise SystemExit(process.returncode)
