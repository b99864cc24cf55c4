"""Pieces of output over several lines, each of which begins with a line of its own."""

import re
from collections.abc import Iterator
from typing import Protocol

from pbins.paludis.errors import ParseError
from pbins.paludis.events import BuildDied, CaveError, Event, OutputLog, SyncResult, SyncState
from pbins.paludis.names import RepositoryName
from pbins.paludis.plan_events import UnmetOptions

ERROR = "Error:"
DIED = re.compile(r"!!! ERROR in (\S+):")
UNMET = re.compile(r" \* The following option requirements are unmet for (\S+):")
SYNC = "Sync results"

ERROR_LINE = "  * "
DIED_LINE = "!!! "
UNMET_LINE = " *     "
OUTPUT_LOG = "*** Output log: "

EXCEPTION = re.compile(r"(.*) \([A-Za-z_:]*::(\w+)\)")
DIED_IN = re.compile(r"In (\S+) at line \d+")
SYNCED = re.compile(r"\* (\S+): +(success|failed|no syncing required)")
SYNC_STATES = {
    "success": SyncState.SYNCED,
    "no syncing required": SyncState.NOT_NEEDED,
    "failed": SyncState.FAILED,
}
SYNC_ERROR = "    "


class Block(Protocol):
    """What has been read of a piece of output."""

    def accept(self, line: str) -> bool:
        """Take the line in, if it belongs to the piece."""
        ...

    def events(self) -> Iterator[Event]:
        """What the whole piece says."""
        ...


def open_block(line: str) -> Block | None:
    """The piece that begins with this line, if one does."""
    if line == ERROR:
        return ErrorBlock()
    if line == SYNC:
        return SyncBlock()
    if match := DIED.fullmatch(line):
        return DiedBlock(match[1])
    if match := UNMET.fullmatch(line):
        return UnmetBlock(match[1])
    return None


def output_log(line: str, about: str) -> OutputLog:
    """The path in a line that begins with OUTPUT_LOG; the root's slash comes twice."""
    path = line.removeprefix(OUTPUT_LOG)
    return OutputLog(f"/{path.lstrip('/')}", about)


class ErrorBlock:
    """An exception that reached the top of a cave, from the program down to the cause."""

    def __init__(self) -> None:
        self._chain: list[str] = []

    def accept(self, line: str) -> bool:
        if not line.startswith(ERROR_LINE):
            return False
        self._chain.append(line.removeprefix(ERROR_LINE))
        return True

    def events(self) -> Iterator[Event]:
        if not self._chain:
            return
        *chain, last = self._chain
        match = EXCEPTION.fullmatch(last)
        cause, kind = (match[1], match[2]) if match else (last, "")
        yield CaveError(tuple(line.removesuffix(":") for line in chain), cause, kind)


class DiedBlock:
    """The last words of a phase that gave up."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._phase = ""
        self._message: list[str] = []

    def accept(self, line: str) -> bool:
        text = line.removeprefix(DIED_LINE)
        if text == line or text == "Call stack:":
            return False
        if match := DIED_IN.fullmatch(text):
            self._phase = match[1]
        else:
            self._message.append(text)
        return True

    def events(self) -> Iterator[Event]:
        yield BuildDied(self._package, self._phase, " ".join(self._message))


class UnmetBlock:
    """Options that have to be decided before a package can be built."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._requirements: list[str] = []

    def accept(self, line: str) -> bool:
        if not line.startswith(UNMET_LINE):
            return False
        self._requirements.append(line.removeprefix(UNMET_LINE).strip())
        return True

    def events(self) -> Iterator[Event]:
        yield UnmetOptions(self._package, tuple(self._requirements))


class SyncBlock:
    """How every repository fared (FACTS 7)."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def accept(self, line: str) -> bool:
        if match := SYNCED.fullmatch(line):
            return self._add(match[1], match[2])
        if line.startswith(OUTPUT_LOG) and self._events:
            self._events.append(output_log(line, self._latest()))
            return True
        if line.startswith(SYNC_ERROR):
            return self._explain(line.strip())
        return not line

    def events(self) -> Iterator[Event]:
        return iter(self._events)

    def _add(self, name: str, word: str) -> bool:
        try:
            repository = RepositoryName(name)
        except ParseError:
            return False
        self._events.append(SyncResult(repository, SYNC_STATES[word]))
        return True

    def _explain(self, error: str) -> bool:
        """The line below a failure says why."""
        if not self._events or not isinstance(result := self._events[-1], SyncResult):
            return False
        self._events[-1] = SyncResult(result.repository, result.state, error)
        return True

    def _latest(self) -> str:
        results = (event for event in self._events if isinstance(event, SyncResult))
        return [result.repository for result in results][-1]
