"""What the events of one cave amount to, collected as they come."""

from collections import deque

from pbins.paludis.events import (
    Action,
    BuildDied,
    CaveError,
    Event,
    FetchFailed,
    OutputLog,
    Step,
    StepAlready,
    StepDone,
    StepFailed,
    StepStarted,
    StepSummary,
    SyncResult,
)
from pbins.paludis.plan import JobState
from pbins.paludis.plan_events import (
    Confirmation,
    NothingToDo,
    PlannedRemoval,
    PlannedStep,
    Pretended,
    Undecidable,
    UnmetOptions,
)

LAST_WORDS = 100
"""So many errors are kept: builds may print any number of them."""


class Evidence:
    """Keeps only what a verdict needs, so it grows with the steps and not with the log.

    `open` holds the steps that go on, with their numbers; `made` the numbers of those that were
    done, without the fetches, and `expected` how many there should be.
    """

    def __init__(self) -> None:
        self.has_plan = False
        self.has_begun = False
        self.says_nothing_to_do = False
        self.open: dict[Step, int] = {}
        self.made: set[int] = set()
        self.failed: dict[Step, FetchFailed | None] = {}
        self.failed_before: list[StepAlready] = []
        self.pending = 0
        self.expected = 0
        self.confirmations: list[Confirmation] = []
        self.undecidable: list[Undecidable] = []
        self.unmet: list[UnmetOptions] = []
        self.unorderable: list[PlannedStep] = []
        self.errors: deque[CaveError] = deque(maxlen=LAST_WORDS)
        self.died: deque[BuildDied] = deque(maxlen=LAST_WORDS)
        self.logs: dict[str, str] = {}
        self.synced: dict[str, SyncResult] = {}
        self._fetch_failure: FetchFailed | None = None

    @property
    def is_complete(self) -> bool:
        """Whether as many steps were done as cave had announced; fetches don't count."""
        return bool(self.made) and not self.pending and len(self.made) >= self.expected

    def add(self, event: Event) -> None:
        """Take one more event into account."""
        match event:
            case StepStarted() | StepDone() | StepFailed() | StepAlready() | StepSummary():
                self._add_step(event)
            case PlannedStep() | PlannedRemoval() | Pretended():
                self._add_planned(event)
            case FetchFailed():
                self._fetch_failure = event
            case BuildDied():
                self.died.append(event)
            case OutputLog():
                self.logs[event.path] = event.about
            case SyncResult():
                self.synced[event.repository] = event
            case _:
                self._add_obstacle(event)

    def _add_step(
        self, event: StepStarted | StepDone | StepFailed | StepAlready | StepSummary
    ) -> None:
        match event:
            case StepStarted(step, counter):
                self.has_begun = True
                self.open[step] = counter.number
                if step.action is not Action.FETCH:
                    self.expected = max(self.expected, counter.of)
            case StepDone(step):
                number = self.open.pop(step, 0)
                if step.action is Action.FETCH:
                    self._fetch_failure = None
                else:
                    self.made.add(number)
            case StepFailed(step):
                self.open.pop(step, 0)
                self.failed[step] = self._fetch_failure if step.action is Action.FETCH else None
            case StepAlready():
                self._add_already(event)
            case StepSummary(state):
                self.pending += state is JobState.PENDING

    def _add_already(self, event: StepAlready) -> None:
        self.has_begun = True
        if event.state is JobState.FAILED:
            self.failed_before.append(event)
        if event.verb != "fetch":
            self.expected = max(self.expected, event.counter.of)
            if event.state is JobState.SUCCEEDED:
                self.made.add(event.counter.number)

    def _add_planned(self, event: PlannedStep | PlannedRemoval | Pretended) -> None:
        if isinstance(event, Pretended) or event.taken:
            self.has_plan = True
        if isinstance(event, PlannedStep) and not event.orderable:
            self.unorderable.append(event)

    def _add_obstacle(self, event: Event) -> None:
        if isinstance(event, Confirmation):
            self.confirmations.append(event)
        elif isinstance(event, Undecidable) and not event.ignorable:
            self.undecidable.append(event)
        elif isinstance(event, UnmetOptions):
            self.unmet.append(event)
        elif isinstance(event, CaveError):
            self.errors.append(event)
        elif isinstance(event, NothingToDo):
            self.says_nothing_to_do = True
