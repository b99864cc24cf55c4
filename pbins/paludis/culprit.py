"""A first guess at why a step failed, from what it printed: the class, and the lines that tell.

A guess, no more: a build may print anything. Nothing is decided by it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from pbins.paludis.terminal import LONGEST_LINE, SEQUENCE, visible

MOST_LINES = 16
FIRST_ERRORS = 8
LONGEST_TEXT = 400
KILLED = (137, -9)
LAST_WORDS = 64 * 1024
"""Bytes before the end in which a full disk or a killed program counts: tests print such things."""


class FailureClass(StrEnum):
    """What kind of thing went wrong."""

    FETCH = "fetch"
    CHECKSUM = "checksum"
    NETWORK = "network"
    CONFIGURE = "configure"
    COMPILE = "compile"
    TEST = "test"
    INSTALL = "install"
    DISK_FULL = "disk_full"
    OUT_OF_MEMORY = "out_of_memory"
    LOST = "lost"
    OTHER = "other"


IN_WORDS = {
    FailureClass.FETCH: "a file could not be fetched",
    FailureClass.CHECKSUM: "a file is not what its checksum says",
    FailureClass.NETWORK: "the network or a server could not be reached",
    FailureClass.CONFIGURE: "it could not be configured",
    FailureClass.COMPILE: "it does not compile",
    FailureClass.TEST: "its own tests fail",
    FailureClass.INSTALL: "it could not be installed",
    FailureClass.DISK_FULL: "the disk is full",
    FailureClass.OUT_OF_MEMORY: "the memory was not enough",
    FailureClass.LOST: "what ran on the host was killed, or the host went away",
    FailureClass.OTHER: "nothing known",
}

DISK_FULL = re.compile(rb"No space left on device|Disk quota exceeded|\bENOSPC\b")
OUT_OF_MEMORY = re.compile(
    rb"Killed signal terminated program|virtual memory exhausted|[Cc]annot allocate memory"
    rb"|[Oo]ut of memory|oom-kill|std::bad_alloc|signal: 9, SIGKILL|\bError 137\b"
    rb"|(?:^|[ :])Killed *\r?$",
    re.MULTILINE,
)
CHECKSUM = re.compile(
    rb"\.\.\. (?:failed [A-Z0-9]+|incorrect size|not in Manifest|no supported hashes in Manifest)"
)
NETWORK = re.compile(
    rb"[Uu]nable to resolve host|[Cc]ould not resolve host|[Nn]ame resolution|[Cc]onnection refused"
    rb"|[Cc]onnection timed out|[Nn]etwork is unreachable|[Nn]o route to host|[Rr]ead error \("
    rb"|[Ff]ailed to connect|[Tt]ime-?out was reached|\.\.\. failed: "
)
PHASES = {
    "unpack": FailureClass.OTHER,
    "fetch_extra": FailureClass.FETCH,
    "prepare": FailureClass.CONFIGURE,
    "configure": FailureClass.CONFIGURE,
    "compile": FailureClass.COMPILE,
    "test": FailureClass.TEST,
    "test_expensive": FailureClass.TEST,
    "install": FailureClass.INSTALL,
}

PHASE_LINE = rb"^(?:" + SEQUENCE + rb")*===(?:" + SEQUENCE + rb")* Starting (?:src|pkg)_(\w+)"
STARTED = re.compile(PHASE_LINE, re.MULTILINE)
DIED = re.compile(rb"^!!! (?:ERROR in |In \w+ at line )", re.MULTILINE)
DIED_IN = re.compile(rb"^!!! In (?:src|pkg)_(\w+) at line", re.MULTILINE)
CALL_STACK = b"!!! Call stack:"

TELLING = (
    *(b"error:", b"error[", b"error in ", b"error at ", b"*** [", b"failed", b"!!! ", b"not ok "),
    *(b"undefined reference", b"no such file or directory", b"no rule to make target"),
    *(b"command not found", b"could not find", b"cannot find -l", b"permission denied"),
    *(b"panicked at", b"segmentation fault", b"traceback (most", b"build stopped"),
    *(b"no space left on device", b"quota exceeded", b"killed", b"out of memory", b"bad_alloc"),
    *(b"cannot allocate memory", b"memory exhausted", b"does not exist", b"in manifest"),
    *(b"incorrect size", b"resolve host", b"name resolution", b"connection refused"),
    *(b"timed out", b"unreachable"),
)
"""In lower case. Finding plain words is many times faster than one large pattern."""

NOISE = re.compile(
    rb"checking |--- |>>> |Error:\s*$|\s*\* (?:In program |.* \(paludis::)|\*\*\* Output log"
    rb"|failed: +\w+ \S+/|Failed (?:create binary|fetch|install) .*for \S+/"
    rb"|.*(?:\b0 (?:errors|failed|failures)\b|(?i:failed|errors): *0\b)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class TellingLine:
    """A line as a person would see it; ``offset`` is where it begins, in bytes."""

    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class Culprit:
    """The class of a failure, the phase in which it happened or "", and the lines that tell."""

    kind: FailureClass
    phase: str
    lines: tuple[TellingLine, ...]

    @property
    def words(self) -> str:
        """The line that tells most: the first error, or what the phase said when it gave up."""
        texts = [line.text.strip() for line in self.lines]
        last = texts[-1].removeprefix("!!! ") if texts else ""
        return next((text for text in texts if not text.startswith("!!! ")), last)


def find_culprit(
    content: bytes, *, is_fetch: bool = False, exit_status: int | None = None
) -> Culprit:
    """What failed in ``content``: all that one failed step printed, or the end of it.

    ``exit_status`` is that of cave, as far as it is known.
    """
    died = DIED_IN.findall(content)
    started = list(STARTED.finditer(content))
    phase = (died[-1] if died else started[-1][1] if started else b"").decode("ascii", "replace")
    begin = started[-1].end() if started else 0
    kind = _class_of(content[begin:], phase, is_fetch=is_fetch)
    if exit_status in KILLED and not died:
        kind = FailureClass.OUT_OF_MEMORY
    return Culprit(kind, phase, tuple(_telling(content, begin)))


def _class_of(content: bytes, phase: str, *, is_fetch: bool) -> FailureClass:
    end = content[-LAST_WORDS:]
    if DISK_FULL.search(end):
        return FailureClass.DISK_FULL
    if is_fetch or phase == "fetch_extra":
        if CHECKSUM.search(content):
            return FailureClass.CHECKSUM
        return FailureClass.NETWORK if NETWORK.search(content) else FailureClass.FETCH
    if OUT_OF_MEMORY.search(end):
        return FailureClass.OUT_OF_MEMORY
    return PHASES.get(phase, FailureClass.INSTALL if DIED.search(end) else FailureClass.OTHER)


def _telling(content: bytes, begin: int) -> Iterator[TellingLine]:
    """The first errors with what the first one points at, then the last words."""
    lines = sorted(_telling_starts(content, begin))
    died = next((at for at in lines if DIED.match(content, at)), len(content))
    stack = content.find(CALL_STACK, died)
    errors = [at for at in lines if at < died and not NOISE.match(content, at)][:FIRST_ERRORS]
    last_words = [at for at in lines if died <= at and (at < stack or stack < 0)]
    chosen = {*errors, *last_words[: MOST_LINES - FIRST_ERRORS]}
    if errors:
        chosen |= {*_following(content, errors[0], 2)}
    for start in sorted(chosen or _last(content, begin))[:MOST_LINES]:
        text = visible(content[start : min(_line_end(content, start), start + LONGEST_LINE)])
        if text.strip():
            yield TellingLine(start, text.rstrip()[:LONGEST_TEXT])


def _telling_starts(content: bytes, begin: int) -> set[int]:
    """Where the lines begin that hold one of the words."""
    folded = content.lower()
    starts = set()
    for word in TELLING:
        at = folded.find(word, begin)
        while at >= 0:
            starts.add(content.rfind(b"\n", 0, at) + 1)
            at = folded.find(word, _line_end(content, at))
    return starts


def _line_end(content: bytes, start: int) -> int:
    end = content.find(b"\n", start)
    return len(content) if end < 0 else end


def _following(content: bytes, start: int, count: int) -> Iterator[int]:
    """Where the next lines begin: a compiler shows there what it means."""
    for _ in range(count):
        start = _line_end(content, start) + 1
        if start >= len(content) or content.startswith((b"!!!", b"@@"), start):
            return
        yield start


def _last(content: bytes, begin: int) -> Iterator[int]:
    """Where the last lines begin, when none of all looks like an error."""
    end = len(content)
    for _ in range(MOST_LINES // 2):
        start = content.rfind(b"\n", begin, max(end - 1, begin)) + 1 or begin
        if not content.startswith(b"@@", start):
            yield start
        if start <= begin:
            return
        end = start
