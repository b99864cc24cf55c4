"""How fast what Paludis says is understood, on one core; only processor time counts."""

import random
import tarfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import process_time

from benchmarks.measure import Measure, median_seconds
from benchmarks.transcript import GOAL as TRANSCRIPT_GOAL
from benchmarks.transcript import megabytes_per_second
from pbins.paludis.dependencies import parse_dependencies
from pbins.paludis.pbin import parse_pbin
from pbins.paludis.versions import Version

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / ".." / "shared" / "corpus"
RECORDED = ROOT / "tests" / "data" / "repository"

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
    """Real pbins: published ones, or where there are none the recorded ones over and over."""
    texts = [text for archive in sorted(CORPUS.glob("*.tar.xz")) for text in _archived(archive)]
    if texts:
        return texts
    recorded = [path.read_text() for path in sorted(RECORDED.rglob("*.pbin-*"))]
    return recorded * (PBINS // len(recorded))


def _archived(archive: Path) -> Iterator[str]:
    with tarfile.open(archive) as opened:
        for member in opened:
            content = opened.extractfile(member) if ".pbin-" in member.name else None
            if content is not None:
                yield content.read().decode()


def _versions() -> list[str]:
    """Versions as they are: two or three numbers, now and then a suffix or a revision."""
    source = random.Random(1)
    return [
        ".".join(str(source.randrange(limit)) for limit in source.choice([(30, 90), (9, 30, 3000)]))
        + source.choice(SUFFIXES)
        for _ in range(VERSIONS)
    ]
