"""The files of a package: what a build leaves in its image, and the tarball made of it."""

import bz2
import io
import os
import tarfile
import time
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from demo.cave.host import Host
from demo.cave.packages import Package

CHUNK = 1 << 20
ENVIRONMENT = "PBIN/environment"


def files_of(package: Package) -> dict[str, tuple[bytes, int]]:
    """Path below the root, in the order of installing, to content and mode."""
    name, version = package.package, package.version
    keys = package.keys
    default = f"usr/share/doc/{name}-{version}/README usr/bin/{name}"
    files = {}
    for path in keys.get("FILES", default).split():
        if "/bin/" in path:
            files[path] = (f"#!/bin/sh\necho '{name} {version}'\n".encode(), 0o755)
        else:
            files[path] = (f"This is {name} {version}.\n".encode(), 0o644)
    if size := int(keys.get("RANDOM_BYTES", "0")):
        files[f"usr/share/{name}/{name}.pack"] = (os.urandom(size), 0o644)
    return files


def merged_paths(files: dict[str, tuple[bytes, int]]) -> Iterator[tuple[str, bool]]:
    """Every directory before what is in it, once, as (path, is a directory)."""
    seen: set[str] = set()
    for path in files:
        parents = [str(each) for each in PurePosixPath(path).parents if str(each) != "."]
        for directory in reversed(parents):
            if directory not in seen:
                seen.add(directory)
                yield directory, True
        yield path, False


def write_tarball(files: dict[str, tuple[bytes, int]], plain: Path, host: Host) -> Path:
    """`plain` (`.tar`) first, then `.tar.bz2` beside it, as bzip2 would; returns the latter.

    PBIN/environment comes last and holds the environment of this process (FACTS 0.2).
    """
    with tarfile.open(plain, "w", format=tarfile.GNU_FORMAT) as tar:
        for path, is_directory in merged_paths(files):
            content, mode = (b"", 0o755) if is_directory else files[path]
            host.check_disk()
            _add(tar, path, content, mode, is_directory=is_directory)
        _add(tar, ENVIRONMENT, _environment(), 0o644, is_directory=False)
    packed = plain.with_name(f"{plain.name}.bz2")
    compressor = bz2.BZ2Compressor(9 if plain.stat().st_size < CHUNK else 1)
    with plain.open("rb") as source, packed.open("wb") as target:
        while chunk := source.read(CHUNK):
            host.check_disk()
            target.write(compressor.compress(chunk))
            target.flush()
        target.write(compressor.flush())
    plain.unlink()
    return packed


def _add(tar: tarfile.TarFile, path: str, content: bytes, mode: int, *, is_directory: bool) -> None:
    member = tarfile.TarInfo(path)
    member.type = tarfile.DIRTYPE if is_directory else tarfile.REGTYPE
    member.mode, member.mtime, member.size = mode, int(time.time()), len(content)
    member.uname = member.gname = "root"
    tar.addfile(member, io.BytesIO(content))


def _environment() -> bytes:
    lines = [f'declare -x {key}="{value}"\n' for key, value in sorted(os.environ.items())]
    return "".join(lines).encode(errors="surrogateescape")


def read_tarball(path: Path) -> dict[str, tuple[bytes, int]]:
    """The files of a tarball without PBIN; raises OSError, EOFError or tarfile.TarError."""
    files, has_environment = {}, False
    with tarfile.open(path, "r:bz2") as tar:
        for member in tar:
            if member.name == ENVIRONMENT:
                has_environment = True
            elif member.isfile():
                content = tar.extractfile(member)
                files[member.name] = (content.read() if content else b"", member.mode)
    if not has_environment:
        raise tarfile.ReadError(f"{ENVIRONMENT}: Not found in archive")
    return files
