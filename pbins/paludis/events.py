"""What can be learnt from what cave prints, one frozen value per fact."""

from dataclasses import dataclass
from enum import StrEnum

from pbins.paludis.names import PackageId, RepositoryName
from pbins.paludis.plan import JobState
from pbins.paludis.plan_events import (
    Confirmation,
    NothingToDo,
    PlannedRemoval,
    PlannedStep,
    PlanTotal,
    Pretended,
    Undecidable,
    UnmetOptions,
)


class Action(StrEnum):
    """What a step does."""

    FETCH = "fetch"
    BINARY = "create binary"
    INSTALL = "install to /"
    CHROOT = "install to chroot"
    CROSS = "cross compile"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class Step:
    """One piece of the work; `repository` is where a binary is made."""

    action: Action
    package: PackageId
    repository: RepositoryName | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """Fetches and all other steps are counted apart (FACTS 4.5)."""

    number: int
    of: int
    failed: int = 0
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class StepStarted:
    """`offset` is where the line begins, in bytes from the start of the log."""

    step: Step
    counter: Counter
    offset: int
    replacing: str = ""


@dataclass(frozen=True, slots=True)
class StepDone:
    """A step has succeeded."""

    step: Step


@dataclass(frozen=True, slots=True)
class StepFailed:
    """A step has failed."""

    step: Step


@dataclass(frozen=True, slots=True)
class StepAlready:
    """A resumed plan says how a step ended before; `verb` is fetch, install or uninstall."""

    verb: str
    package: PackageId
    state: JobState
    counter: Counter


@dataclass(frozen=True, slots=True)
class StepSummary:
    """A line of the summary at the end; `verb` is fetch, install or uninstall."""

    state: JobState
    verb: str
    package: PackageId
    destination: RepositoryName | None = None


@dataclass(frozen=True, slots=True)
class Performing:
    """A cave of its own begins or has completed an action: pretend, fetch, install, clean."""

    verb: str
    package: PackageId
    completed: bool


@dataclass(frozen=True, slots=True)
class PhaseStarted:
    """A phase of the present step: `src_compile`, `pkg_postinst`."""

    phase: str


@dataclass(frozen=True, slots=True)
class BuildDied:
    """A phase gave up, and its last words."""

    package: str
    phase: str
    message: str


class FetchCause(StrEnum):
    """Why a file could not be had: the server's fault, or what the Manifest says of it."""

    NOT_FOUND = "not_found"
    NO_CONNECTION = "no_connection"
    REFUSED = "refused"
    MISSING = "missing"
    SIZE = "size"
    HASH = "hash"
    NOT_IN_MANIFEST = "not_in_manifest"
    NO_HASH = "no_hash"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class FetchFailed:
    """A file that could not be had; `detail` is cave's own word, or the fetcher's."""

    file: str
    cause: FetchCause
    detail: str


@dataclass(frozen=True, slots=True)
class OutputLog:
    """Where the host keeps the output of what failed; `about` is the line above it."""

    path: str
    about: str


@dataclass(frozen=True, slots=True)
class TarballCreated:
    """A tarball under its final name, before it is a good one: it is still being written."""

    path: str


@dataclass(frozen=True, slots=True)
class PbinWritten:
    """The path of a pbin that is being written."""

    path: str


@dataclass(frozen=True, slots=True)
class PlanWritten:
    """The resume file was brought up to date."""

    path: str


@dataclass(frozen=True, slots=True)
class PlanErased:
    """The resume file was removed: everything in it has succeeded."""

    path: str


@dataclass(frozen=True, slots=True)
class CaveError:
    """An error of cave itself: `chain` leads from the program to the cause.

    `kind` is the name of cave's exception, `usage` for a command line that it can't take.
    """

    chain: tuple[str, ...]
    cause: str
    kind: str


class SyncState(StrEnum):
    """How a sync ended; cave's words are "success", "no syncing required" and "failed"."""

    SYNCED = "synced"
    NOT_NEEDED = "not_needed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SyncResult:
    """How the sync of one repository ended; `error` says why it failed."""

    repository: RepositoryName
    state: SyncState
    error: str = ""


Event = (
    PlannedStep
    | PlannedRemoval
    | PlanTotal
    | NothingToDo
    | Confirmation
    | Undecidable
    | UnmetOptions
    | Pretended
    | StepStarted
    | StepDone
    | StepFailed
    | StepAlready
    | StepSummary
    | Performing
    | PhaseStarted
    | BuildDied
    | FetchFailed
    | OutputLog
    | TarballCreated
    | PbinWritten
    | PlanWritten
    | PlanErased
    | CaveError
    | SyncResult
)
