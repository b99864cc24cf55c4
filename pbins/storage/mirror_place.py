"""What any place has to be able to do that keeps a copy of our tarballs."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Protocol


class MirrorPlace(Protocol):
    """A flat directory elsewhere. Everything raises StorageError, with what to do about it."""

    def listing(self) -> dict[str, int]:
        """Every file there, with its bytes; nothing where nothing was ever put."""

    def sizes(self, names: Collection[str]) -> dict[str, int]:
        """The bytes of those of these files that are there."""

    def put(self, files: Mapping[str, Path]) -> None:
        """Copy files there by name; each is there whole or not at all."""

    def delete(self, names: Collection[str]) -> None:
        """Remove files; those that are not there do not matter."""
