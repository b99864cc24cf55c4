"""Reading what cave prints while it prints it (FACTS 4.4 to 4.7, 7).

Cave's own lines stand among what builds print, and a build may print anything. So the plan is read
only before the first step, and with markers (FACTS 4.1) that bear a token only those are believed
about steps. What is left (a phase, a fetch, last words) explains a failure, and decides nothing.
"""

import re
from collections.abc import Iterator

from pbins.paludis.blocks import OUTPUT_LOG, Block, SyncBlock, open_block, output_log
from pbins.paludis.config import MARKER
from pbins.paludis.display import DisplayReader
from pbins.paludis.errors import ParseError
from pbins.paludis.events import Event, Step, StepDone, StepFailed, StepStarted, StepSummary
from pbins.paludis.fetching import FetchReader
from pbins.paludis.plan import JobState
from pbins.paludis.plan_events import Pretended
from pbins.paludis.remarks import read_remark
from pbins.paludis.steps import StepEvent, read_heading, read_marker, read_summary
from pbins.paludis.terminal import LONGEST_LINE, SEQUENCE, LineBuffer, Lines, visible

PRETENDING = re.compile(r"Executing pretend actions: (\d{1,6}) of (\d{1,6})")
SUMMARY = "Summary:"
LONGEST_BLOCK = 200
"""Lines; a stack of errors has a dozen."""

END_OF_LINE = re.compile(rb"[\n\r]")
NOTABLE = re.compile(
    rb"[\n\r](?:" + SEQUENCE + rb"|[\x00-\x08])*+(?:"
    rb"@@|[0-9]{1,6} of [0-9]|Done |Failed |Executing pretend |Summary:|Error:|Usage error: "
    rb"|Writing resume |Erasing resume |>>> Creating |!!! ERROR in "
    rb"|Trying to fetch '|Checking '|Connecting to |Resolving |HTTP request sent|wget: "
    rb"|\*\*\*(?:" + SEQUENCE + rb")*+ Output log: "
    rb"|===(?:" + SEQUENCE + rb")*+ (?:Starting (?:src|pkg)_|Writing binary )"
    rb"| (?:" + SEQUENCE + rb")*+\*(?:" + SEQUENCE + rb")*+ The following option "
    rb")"
)
"""The only lines that matter between the plan and the summary; nearly all others are a build's."""


class TranscriptParser:
    """Takes in what one cave prints, in chunks of any size, and gives out events, each once.

    `token` is the one that the run's formats were rendered with; without one, markers without a
    token and cave's plain headings are believed.
    """

    def __init__(self, token: str = "") -> None:
        self._token = token
        self._buffer = LineBuffer()
        self._display: DisplayReader | None = DisplayReader()
        self._block: Block | None = None
        self._block_lines = 0
        self._fetches = FetchReader()
        self._open: set[Step] = set()
        self._in_summary = False
        self._failed = ""

    def feed(self, chunk: bytes) -> list[Event]:
        """The events in the lines that this chunk completes."""
        lines = self._buffer.feed(chunk)
        return [] if lines is None else list(self._read_all(lines))

    def close(self) -> list[Event]:
        """The events in what is left, when nothing more will come."""
        lines = self._buffer.close()
        events = [] if lines is None else list(self._read_all(lines))
        return [*events, *self._close_block(), *self._close_display()]

    def _read_all(self, lines: Lines) -> Iterator[Event]:
        content, position = lines.content, 0
        while position < len(content) - 1:
            if self._is_scanning():
                notable = NOTABLE.search(content, position)
                if notable is None:
                    return
                position = notable.start()
            start = position + 1
            end = _end_of_line(content, start)
            # Between the two halves of a CR LF there is no line.
            if end > start or content[position] != ord("\r"):
                line = visible(content[start : min(end, start + LONGEST_LINE)])
                yield from self._read(line, lines.offset_of(start))
            position = end

    def _is_scanning(self) -> bool:
        return self._display is None and self._block is None and not self._in_summary

    def _read(self, line: str, offset: int) -> Iterator[Event]:
        if self._continues_block(line):
            return
        yield from self._close_block()
        # Cave leaves this line open, so what a phase prints may come to stand behind it.
        while match := PRETENDING.match(line):
            yield from self._close_display()
            yield Pretended(int(match[1]), int(match[2]))
            line = line[match.end() :]
        if self._opens_block(line):
            return
        if line == SUMMARY and not self._open and not self._token:
            self._in_summary = True
        yield from self._read_steps(line, offset)
        yield from self._read_details(line)
        if self._display is not None:
            yield from self._display.read(line)

    def _continues_block(self, line: str) -> bool:
        if self._block is None or self._block_lines == LONGEST_BLOCK:
            return False
        self._block_lines += 1
        return self._block.accept(line)

    def _opens_block(self, line: str) -> bool:
        block = open_block(line)
        if block is None or (isinstance(block, SyncBlock) and self._display is None):
            return False
        self._block, self._block_lines = block, 0
        return True

    def _close_block(self) -> Iterator[Event]:
        block, self._block = self._block, None
        if block is not None:
            yield from block.events()

    def _close_display(self) -> Iterator[Event]:
        display, self._display = self._display, None
        if display is not None:
            yield from display.close()

    def _read_steps(self, line: str, offset: int) -> Iterator[Event]:
        try:
            events = self._step_events(line, offset)
        except ParseError:
            return
        for event in events:
            if self._is_credible(event):
                yield from self._close_display()
                yield event

    def _step_events(self, line: str, offset: int) -> list[StepEvent]:
        if line.startswith(MARKER):
            return list(read_marker(line, self._token, offset))
        if self._token:
            return []
        if self._in_summary and (summary := list(read_summary(line))):
            return summary
        return list(read_heading(line, offset))

    def _is_credible(self, event: StepEvent) -> bool:
        """Only what has begun can end. Keeps track of what goes on."""
        if isinstance(event, StepStarted):
            self._open.add(event.step)
            self._in_summary = False
        elif isinstance(event, StepDone | StepFailed):
            if event.step not in self._open:
                return False
            self._open.remove(event.step)
        elif isinstance(event, StepSummary):
            self._failed = f"{event.verb} {event.package}" if event.state is JobState.FAILED else ""
        return True

    def _read_details(self, line: str) -> Iterator[Event]:
        if self._failed and line.startswith(OUTPUT_LOG):
            yield output_log(line, self._failed)
        elif failure := self._fetches.read(line):
            yield failure
        elif remark := read_remark(line):
            yield remark


def read_transcript(content: bytes, token: str = "") -> list[Event]:
    """All events of a log that is complete."""
    parser = TranscriptParser(token)
    return [*parser.feed(content), *parser.close()]


def _end_of_line(content: bytes, start: int) -> int:
    match = END_OF_LINE.search(content, start)
    return len(content) if match is None else match.start()
