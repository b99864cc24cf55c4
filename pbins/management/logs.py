"""A run's log on a terminal: read piece by piece, whole characters only, harmless."""

import re
from codecs import getincrementaldecoder
from collections.abc import Iterator

from pbins.models import Run
from pbins.services.logs import read_log

PIECE_BYTES = 256 * 1024
# What a host prints must not drive the reader's terminal; only colours may pass, and the
# backspaces with which cave counts in one place.
_UNWANTED = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # operating system commands: titles, clipboard
    r"|\x1b\[[0-?]*[ -/]*[@-ln-~]"  # every control sequence but colours, which end in m
    r"|\x1b(?!\[[0-9;]*m)"
    r"|[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]"
)


def whole_log(run: Run) -> str:
    return "".join(LogReader(run).pieces())


class LogReader:
    """Goes on where it stopped; a character that is cut in two waits for its other half."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._offset = 0
        self._decoder = getincrementaldecoder("utf-8")(errors="replace")

    def pieces(self) -> Iterator[str]:
        """Everything that is there and was not read yet."""
        while content := read_log(self._run, self._offset, PIECE_BYTES):
            self._offset += len(content)
            yield _UNWANTED.sub("", self._decoder.decode(content))
