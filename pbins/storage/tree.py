"""The tree of a repository as somebody brings it to us: a directory or a tar archive."""

import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from pbins.storage.errors import BrokenTree, UnsafePath
from pbins.storage.paths import check_tree_path
from pbins.storage.tar_headers import BoundedTarInfo

_PACKAGES = "packages"
"""A tree may hold nothing else, and then this is no directory that holds everything."""
_LARGEST_FILE = 16 * 2**20
"""Bytes; a pbin has some thousand. Something larger is not the tree of a repository."""


def read_tree(source: Path) -> dict[str, bytes]:
    """Every plain file below `source`, or in it when it is an archive, by its path.

    A directory that holds everything is left out of the paths; `.git` and links are passed over.
    Raises BrokenTree, and UnsafePath when an archive names a place outside of itself.
    """
    if not source.exists():
        raise BrokenTree(f"there is no {source}")
    files = _directory(source) if source.is_dir() else _archive(source)
    return _without_top(dict(files))


def _directory(source: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        if ".git" in relative.parts or path.is_symlink() or not path.is_file():
            continue
        _check_size(str(relative), path.stat().st_size)
        yield relative.as_posix(), path.read_bytes()


def _archive(source: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(source, mode="r|*", tarinfo=BoundedTarInfo) as archive:
            for entry in archive:
                content = archive.extractfile(entry) if entry.isfile() else None
                path = entry.name.removeprefix("./")
                if content is None or ".git" in PurePosixPath(path).parts:
                    continue
                _check_size(path, entry.size)
                yield check_tree_path(path), content.read()
    except UnsafePath:
        raise
    except (tarfile.TarError, EOFError, ValueError, OSError) as error:
        raise BrokenTree(f"can't read the archive {source}: {error}") from error


def _check_size(path: str, size: int) -> None:
    if size > _LARGEST_FILE:
        raise BrokenTree(f"{path} has {size} bytes")


def _without_top(files: Mapping[str, bytes]) -> dict[str, bytes]:
    tops = {path.partition("/")[0] for path in files}
    if len(tops) != 1 or tops & files.keys() or tops == {_PACKAGES}:
        return dict(files)
    return {path.partition("/")[2]: content for path, content in files.items()}
