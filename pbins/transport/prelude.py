"""What a login shell prints before our command begins, kept apart from what the command prints.

A start-up file that says hello is common: bash reads ~/.bashrc when sshd starts it, csh and fish
read theirs always.
"""

from .exchange import Sink

MARK = b"pbins-portal: from here on it is the command\n"
PRELUDE_LIMIT = 2**16  # bytes kept to tell why there was no command


class Prelude:
    """A sink that hands on only what comes after the mark."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._held = b""
        self.is_over = False

    def write(self, chunk: bytes) -> None:
        if self.is_over:
            self._sink(chunk)
            return
        self._held, mark, after = (self._held + chunk).partition(MARK)
        self.is_over = bool(mark)
        if not mark:
            self._held = self._held[-PRELUDE_LIMIT:]
        if after:
            self._sink(after)

    @property
    def said(self) -> str:
        """What came before the mark, or instead of it."""
        return self._held.decode("utf-8", "replace").strip()
