"""How fast what Paludis says is understood, on one core; only processor time counts."""

import random
from collections.abc import Iterator
from statistics import median
from time import process_time

from benchmarks._corpus import published, recorded
from benchmarks.measure import Measure, median_seconds
from benchmarks.transcript import GOAL as TRANSCRIPT_GOAL
from benchmarks.transcript import megabytes_per_second
from pbins.paludis.dependencies import parse_dependencies
from pbins.paludis.pbin import parse_pbin
from pbins.paludis.versions import Version

PBINS = 3_000
VERSIONS = 100_000
SUFFIXES = ["", "", "", "-r1", "_p3", "_rc1", "_alpha", "b", "-scm", "_pre2-r4"]


def measures() -> Iterator[Measure]:
    """The three goals of this room."""
    pbins = _pbins()
    seconds = median_seconds(lambda: _parse(pbins), clock=process_time)
    yield Measure("pbins parsed with their trees", len(pbins) / seconds, "pbins/s", goal=3_000)

    versions = _versions()
    seconds = median_seconds(lambda: sorted(map(Version, versions)), clock=process_time)
    yield Measure(f"{VERSIONS} versions parsed and sorted", seconds, "s", goal=1.0, at_most=True)

    rate = median(megabytes_per_second() for _ in range(3))
    yield Measure("transcript of a chatty build", rate, "MB/s", goal=TRANSCRIPT_GOAL)


def _parse(texts: list[str]) -> None:
    for text in texts:
        parse_dependencies(parse_pbin(text).dependencies)


def _pbins() -> list[str]:
    """Real pbins; where there are only a few of them, those over and over."""
    texts = [text for _, text in published()]
    if texts:
        return texts
    few = [text for _, text in recorded()]
    return few * (PBINS // len(few))


def _versions() -> list[str]:
    """Versions as they are: two or three numbers, now and then a suffix or a revision."""
    source = random.Random(1)
    return [
        ".".join(str(source.randrange(limit)) for limit in source.choice([(30, 90), (9, 30, 3000)]))
        + source.choice(SUFFIXES)
        for _ in range(VERSIONS)
    ]
