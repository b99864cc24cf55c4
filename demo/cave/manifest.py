"""The Manifest beside a pbin, and what it says of a fetched tarball (FACTS 2.4)."""

import hashlib
from pathlib import Path

from demo.cave.configuration import Configuration
from demo.cave.packages import Package

CHUNK = 1 << 20


def tarball_of(configuration: Configuration, package: Package) -> Path | None:
    """Where this pbin's tarball is, or will be fetched to; None for what is no pbin."""
    uri = package.keys.get("BINARY_URI", "")
    repository = configuration.repository(package.repository)
    if package.kind != "binary" or repository is None or not uri:
        return None
    return repository.distdir / uri.rpartition("/")[2]


def bytes_to_download(configuration: Configuration, package: Package) -> int:
    """Known only from a Manifest; 0 when the tarball is there, or nobody says its size."""
    tarball = tarball_of(configuration, package)
    if tarball is None or tarball.is_file():
        return 0
    line = _lines(package).get(tarball.name)
    return int(line[2]) if line else 0


def check(configuration: Configuration, package: Package, tarball: Path) -> str:
    """`ok`, or in cave's words what is wrong."""
    if not tarball.is_file() or not tarball.stat().st_size:
        return "does not exist"
    repository = configuration.repository(package.repository)
    lines = _lines(package)
    if repository is None or not repository.uses_manifest or not lines:
        return "ok"
    line = lines.get(tarball.name)
    if line is None:
        return "not in Manifest"
    if int(line[2]) != tarball.stat().st_size:
        return "incorrect size"
    hashes = dict(zip(line[3::2], line[4::2], strict=False))
    known = {
        name: value for name, value in hashes.items() if name in ("MD5", "SHA1", "SHA256", "SHA512")
    }
    if not known:
        return "no supported hashes in Manifest"
    wrong = [name for name, value in known.items() if _digest(tarball, name) != value]
    return f"failed {wrong[0]}" if wrong else "ok"


def _lines(package: Package) -> dict[str, list[str]]:
    path = package.path.parent / "Manifest"
    if not path.is_file():
        return {}
    lines = [line.split() for line in path.read_text().splitlines()]
    return {words[1]: words for words in lines if len(words) > 2 and words[0] == "DIST"}


def _digest(path: Path, name: str) -> str:
    digest = hashlib.new(name.lower())
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
