"""Single lines that say something by themselves."""

import re

from pbins.paludis.events import (
    CaveError,
    Event,
    PbinWritten,
    PhaseStarted,
    PlanErased,
    PlanWritten,
    TarballCreated,
)

WRITING_PLAN = re.compile(r"Writing resume information to (.+)\.\.\.")
ERASING_PLAN = re.compile(r"Erasing resume file (.+)\.\.\.")
CREATING = re.compile(r">>> Creating (/.+\.tar)")
WRITING_PBIN = re.compile(r"=== Writing binary ebuild to '(/.+)'\.\.\.")
PHASE = re.compile(r"=== Starting ((?:src|pkg)_\w+)")
USAGE = re.compile(r"Usage error: (.+)")


def read_remark(line: str) -> Event | None:
    """What the line says, which is nothing for nearly all lines."""
    if match := PHASE.fullmatch(line):
        return PhaseStarted(match[1])
    if match := CREATING.fullmatch(line):
        return TarballCreated(f"{match[1]}.bz2")
    if match := WRITING_PBIN.fullmatch(line):
        return PbinWritten(match[1])
    if match := WRITING_PLAN.fullmatch(line):
        return PlanWritten(match[1])
    if match := ERASING_PLAN.fullmatch(line):
        return PlanErased(match[1])
    if match := USAGE.fullmatch(line):
        return CaveError((), match[1], "usage")
    return None
