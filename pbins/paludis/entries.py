"""One entry of a resolution that cave shows: a header, and indented lines below it (FACTS 4.4)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from typing import Protocol

from pbins.paludis.confirmations import REMEDIES, kinds_in_words, unmasking_file
from pbins.paludis.confirmations import ConfirmationKind as Kind
from pbins.paludis.errors import ParseError
from pbins.paludis.events import Event
from pbins.paludis.names import PackageId, QualifiedPackageName, RepositoryName
from pbins.paludis.plan_events import Confirmation, PlannedRemoval, PlannedStep, Undecidable


class Part(Enum):
    """Under which heading an entry stands."""

    NONE = "before any heading"
    TAKEN = "will be done"
    UNTAKEN = "suggested, not taken"
    UNCONFIRMED = "wants to be permitted"
    UNORDERABLE = "in no order that works"
    ERRORS = "can't be decided"
    IGNORABLE = "can't be decided, nor need be"


class Entry(Protocol):
    """What has been read of an entry."""

    def add(self, line: str) -> None:
        """Take in a line below the header, without four of its leading spaces."""
        ...

    def events(self) -> Iterator[Event]:
        """What the whole entry says."""
        ...


STEP = re.compile(
    r"\(?(?P<worse>-)?(?P<letter>[nsvurd])\)? +"
    r"(?P<name>[^\s:]+)(?::(?P<slot>[^\s:]+))?::(?P<origin>\S+)"
    r"(?: \(not the best version\))?(?: \(formerly from [^)]*\))?"
    r" (?P<version>\S+) to ::(?P<destination>\S+)"
    r"(?: via binary created in (?P<via>\S+))?"
    r"(?: replacing (?P<replacing>.*?))?(?: \[cycle \d+\])?"
)
REMOVAL = re.compile(r"\(?(?P<letter>[<X])\)? +(?P<name>\S+) (?P<versions>.*)")
UNABLE = re.compile(r"\(?!\)? +(?P<package>\S.*)")

REASONS = "Reasons: "
CHANGES_REASONS = "Reasons requiring changes: "
CHANGE = "You need to change: "
UNCHANGED = " No changes needed: "
MASKED = "Masked by "
CONFIRM = "Cannot proceed without: "
TAKE = "Take using: "
DOWNLOAD = " to download"
CANDIDATE = "  * "


def open_entry(line: str, part: Part) -> Entry | None:
    """The entry that begins with this line, if one does that belongs below the heading."""
    try:
        if part in (Part.ERRORS, Part.IGNORABLE):
            match = UNABLE.fullmatch(line)
            return UnableEntry(match["package"], part) if match else None
        if match := STEP.fullmatch(line):
            return StepEntry(match, part)
        if match := REMOVAL.fullmatch(line):
            return RemovalEntry(match, part)
    except ParseError:
        return None
    return None


class StepEntry:
    """A package to be made or installed."""

    def __init__(self, match: re.Match[str], part: Part) -> None:
        slot = f":{match['slot']}" if match["slot"] else ""
        replacing = match["replacing"]
        self._part = part
        self._confirm = ""
        self._masks: list[str] = []
        self._step = PlannedStep(
            letter=match["letter"],
            package=PackageId.parse(f"{match['name']}-{match['version']}{slot}::{match['origin']}"),
            destination=RepositoryName(match["destination"]),
            via_binary=RepositoryName(match["via"]) if match["via"] else None,
            best=match["worse"] is None,
            replacing=tuple(replacing.split(", ")) if replacing else (),
            taken=part is not Part.UNTAKEN,
            orderable=part is not Part.UNORDERABLE,
        )

    def add(self, line: str) -> None:
        step = self._step
        if line.startswith('"') and not step.description:
            self._step = replace(step, description=line[1:-1])
        elif line.startswith((REASONS, CHANGES_REASONS)):
            self._step = replace(step, reasons=_reasons(line))
        elif line.startswith(CHANGE):
            change, _, options = line.removeprefix(CHANGE).partition(UNCHANGED)
            self._step = replace(step, change=change, options=options)
        elif line.startswith(MASKED):
            self._masks.append(line.removeprefix(MASKED))
        elif line.startswith(" ") and self._masks:
            self._masks[-1] += f": {line.strip()}"
        elif line.startswith(CONFIRM):
            self._confirm = line.removeprefix(CONFIRM)
        elif line.startswith(TAKE):
            self._step = replace(step, take=line.removeprefix(TAKE))
        elif line.endswith(DOWNLOAD):
            self._step = replace(step, download=line.removesuffix(DOWNLOAD))
        elif not (step.options or step.reasons or line.startswith(" ")):
            self._step = replace(step, options=line)

    def events(self) -> Iterator[Event]:
        step = replace(self._step, masks=tuple(self._masks))
        kinds = list(kinds_in_words(self._confirm))
        if self._part is not Part.UNCONFIRMED:
            yield step
        # Cave installs nothing that is masked, and does not always say so under its heading.
        if step.masks and step.taken and Kind.MASKED not in kinds:
            kinds.append(Kind.MASKED)
        slot = f":{step.package.slot}" if step.package.slot else ""
        for kind in kinds:
            yield _confirmation(f"{step.package.name}{slot}", kind, step)


class RemovalEntry:
    """A package to be removed, or to lose something that it needs."""

    def __init__(self, match: re.Match[str], part: Part) -> None:
        self._part = part
        self._confirm = ""
        self._removal = PlannedRemoval(
            package=QualifiedPackageName(match["name"]),
            versions=match["versions"],
            breaks=match["letter"] == "X",
            taken=part is not Part.UNTAKEN,
        )

    def add(self, line: str) -> None:
        if line.startswith(REASONS):
            self._removal = replace(self._removal, reasons=_reasons(line))
        elif line.startswith(CONFIRM):
            self._confirm = line.removeprefix(CONFIRM)

    def events(self) -> Iterator[Event]:
        if self._part is not Part.UNCONFIRMED:
            yield self._removal
        for kind in kinds_in_words(self._confirm):
            yield _confirmation(self._removal.package, kind)


class UnableEntry:
    """A package that nothing suitable was found for."""

    def __init__(self, package: str, part: Part) -> None:
        self._package = package
        self._part = part
        self._reasons: tuple[str, ...] = ()
        self._candidates: list[str] = []

    def add(self, line: str) -> None:
        if line.startswith(REASONS):
            self._reasons = _reasons(line)
        elif line.startswith(CANDIDATE):
            self._candidates.append(line.removeprefix(CANDIDATE))
        elif line.startswith(" ") and self._candidates:
            self._candidates[-1] += f"; {line.strip()}"

    def events(self) -> Iterator[Event]:
        yield Undecidable(
            self._package,
            self._reasons,
            tuple(self._candidates),
            ignorable=self._part is Part.IGNORABLE,
        )


def _reasons(line: str) -> tuple[str, ...]:
    """Reasons that require changes come first, then a space and the others."""
    text = line.removeprefix(CHANGES_REASONS).replace(f" {REASONS}", ", ")
    return tuple(reason for reason in text.removeprefix(REASONS).split(", ") if reason)


def _confirmation(package: str, kind: Kind, step: PlannedStep | None = None) -> Confirmation:
    remedy = REMEDIES[kind]
    if step is not None and kind is Kind.MASKED and step.masks:
        return Confirmation(package, kind, unmasking_file(step.masks[0]), "; ".join(step.masks))
    change = step.change if step is not None and kind is Kind.CHANGED_CHOICES else ""
    return Confirmation(package, kind, remedy.option or remedy.file, change)
