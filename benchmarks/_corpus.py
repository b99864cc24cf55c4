"""Real pbins to measure with: published ones, or where there are none those that were recorded."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / ".." / "shared" / "corpus"
RECORDED = ROOT / "tests" / "data" / "repository"


def published() -> list[tuple[str, str]]:
    """(path, text) of every pbin of the archives; nothing where those are not at hand."""
    return [found for archive in sorted(CORPUS.glob("*.tar.xz")) for found in _archived(archive)]


def recorded() -> list[tuple[str, str]]:
    return [(str(path), path.read_text()) for path in sorted(RECORDED.rglob("*.pbin-*"))]


def _archived(archive: Path) -> Iterator[tuple[str, str]]:
    with tarfile.open(archive) as opened:
        for member in opened:
            content = opened.extractfile(member) if ".pbin-" in member.name else None
            if content is not None:
                yield member.name, content.read().decode()
