"""What of the host, other than Paludis' own files, changes how the stand-in works."""

import errno
import os
from dataclasses import dataclass
from pathlib import Path

DISK_FULL = "disk-full"


@dataclass(frozen=True, slots=True)
class Host:
    """`root` is the directory that is `/` to cave; `pace` multiplies every wait of a build.

    `skipped_phases` are those of --skip-phase.
    """

    root: Path
    pace: float = 1.0
    skipped_phases: frozenset[str] = frozenset()

    def check_disk(self) -> None:
        """Raises OSError ENOSPC while the host's disk is said to be full.

        There is no real quota without root: a file in the host's directory stands for one.
        """
        if (self.root / DISK_FULL).exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
