"""A small file that is kept compressed and only ever replaced whole."""

import gzip
from dataclasses import dataclass
from pathlib import Path

from pbins.storage.disk import disk_errors


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A few megabytes at most, so it is held in memory whole."""

    path: Path

    def write(self, content: bytes) -> None:
        """Raises StorageFull."""
        unfinished = self.path.with_name(f"{self.path.name}.new")
        with disk_errors(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(gzip.compress(content, mtime=0))
            unfinished.replace(self.path)

    def read(self) -> bytes:
        """All of it; empty when it is kept no longer."""
        try:
            return gzip.decompress(self.path.read_bytes())
        except FileNotFoundError:
            return b""

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
