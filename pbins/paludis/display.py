"""What cave shows before it does anything: the plan, and what is in its way (FACTS 4.4)."""

import re
from collections.abc import Iterator

from pbins.paludis.confirmations import REMEDIES, ConfirmationKind
from pbins.paludis.entries import Entry, Part, open_entry
from pbins.paludis.errors import ParseError
from pbins.paludis.events import Event
from pbins.paludis.names import QualifiedPackageName, SlotName
from pbins.paludis.plan_events import Confirmation, NothingToDo, PlanTotal

HEADINGS = {
    "These are the actions I will take, in order:": Part.TAKEN,
    "I did not take the following:": Part.UNTAKEN,
    "I cannot proceed without being permitted to do the following:": Part.UNCONFIRMED,
    "I cannot provide a legal ordering for the following:": Part.UNORDERABLE,
    "I encountered the following errors:": Part.ERRORS,
    "I encountered the following ignorable errors for untaken packages:": Part.IGNORABLE,
}
NOTHING = "(nothing to do)"
TOTAL = "Total: "
INDENT = "    "

GATE = re.compile(
    r"(?P<name>[^\s:]+)(?::(?P<slot>[^\s:]+))?::\([a-z_]+\) (?P<kind>[a-z_]+)(?: (?P<choices>.+))?"
)
"""A line of `print-resolution-required-confirmations` (FACTS 4.6)."""


class DisplayReader:
    """Reads the lines of a resolution as they come.

    Warnings may stand between the lines of an entry, because cave prints them elsewhere; so only
    an empty line, a heading or another entry ends one.
    """

    def __init__(self) -> None:
        self._part = Part.NONE
        self._entry: Entry | None = None
        self._wanted: set[tuple[str, ConfirmationKind]] = set()

    def read(self, line: str) -> Iterator[Event]:
        """The events that this line completes."""
        if line.startswith(INDENT):
            if self._entry is not None:
                self._entry.add(line.removeprefix(INDENT))
        elif line in HEADINGS:
            yield from self.close()
            self._part = HEADINGS[line]
        elif not line:
            yield from self.close()
        elif self._part is Part.NONE:
            yield from _gate(line)
        else:
            yield from self._read_below_heading(line)

    def close(self) -> Iterator[Event]:
        """The entry that was open, because nothing more belongs to it."""
        entry, self._entry = self._entry, None
        for event in entry.events() if entry is not None else ():
            if self._is_new(event):
                yield event

    def _is_new(self, event: Event) -> bool:
        """A masked package may be shown both as part of the plan and as a thing to permit."""
        if not isinstance(event, Confirmation):
            return True
        wanted = (event.package, event.kind)
        is_new = wanted not in self._wanted
        self._wanted.add(wanted)
        return is_new

    def _read_below_heading(self, line: str) -> Iterator[Event]:
        if line == NOTHING:
            yield NothingToDo()
        elif line.startswith(TOTAL):
            yield PlanTotal(line.removeprefix(TOTAL))
        elif (entry := open_entry(line, self._part)) is not None:
            yield from self.close()
            self._entry = entry


def _gate(line: str) -> Iterator[Event]:
    """A confirmation, if this is a line of the gate."""
    match = GATE.fullmatch(line)
    if match is None or match["kind"] not in set(ConfirmationKind):
        return
    try:
        package = str(QualifiedPackageName(match["name"]))
        if match["slot"] and match["slot"] != "(unknown)":
            package += f":{SlotName(match['slot'])}"
    except ParseError:
        return
    kind = ConfirmationKind(match["kind"])
    remedy = REMEDIES[kind]
    yield Confirmation(package, kind, remedy.option or remedy.file, match["choices"] or "")
