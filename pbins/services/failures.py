"""Why a run failed: the steps that did, the lines that tell, what was kept, what last was good."""

from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from pbins.models import Change, ChangeKind, Run, RunKind, Step, StepAction, StepState
from pbins.paludis.culprit import Culprit, FailureClass, TellingLine, find_culprit
from pbins.paludis.outcome import Outcome, Verdict
from pbins.services.following import note, remote_run
from pbins.services.kept_files import keep_config_logs, keep_named_logs, keep_own_log
from pbins.services.logs import log_size
from pbins.services.places import places
from pbins.storage.errors import StorageError
from pbins.storage.runlog import RunLog
from pbins.transport.contract import Transport
from pbins.transport.errors import TransportError

LOOKED_AT = 2**20  # bytes at the end of what a step printed
MOST_STEPS = 5
GOOD = {Outcome.SUCCEEDED, Outcome.PLANNED, Outcome.NOTHING_TO_DO}


@dataclass(frozen=True, slots=True)
class LastGood:
    """The version of a package that was made last; ``run``: by which run, None for an import."""

    version: str
    run: int | None


@dataclass(frozen=True, slots=True)
class Failure:
    """A step that failed, and what is known of it."""

    step: Step
    culprit: Culprit
    last_good: LastGood | None

    @property
    def category(self) -> str:
        return self.step.name.partition("/")[0]

    @property
    def package(self) -> str:
        return self.step.name.partition("/")[2]


def failures_of(run: Run) -> list[Failure]:
    """The first steps that failed; empty for a run without any."""
    return [
        Failure(step, culprit_of(run, step), last_good(run, step)) for step in _failed_steps(run)
    ]


def investigate(run: Run, transport: Transport, verdict: Verdict, exit_status: int) -> None:
    """Note the class of a failure and keep the files that explain it, while they are there.

    Whatever goes wrong with that is told, and changes nothing about the run.
    """
    run.exit_status = exit_status
    began = remote_run(run).file(f"executing{run.attempt}.began")
    steps = _failed_steps(run)
    kinds = []
    for step in steps:
        culprit = culprit_of(run, step)
        kinds.append(culprit.kind)
        Step.objects.filter(pk=step.pk).update(note=culprit.words)
    if verdict.outcome not in GOOD:
        run.failure = kinds[0] if kinds else _kind_without_steps(run, verdict)
        Run.objects.filter(pk=run.pk).update(failure=run.failure)
    if not steps and not verdict.logs:
        return
    try:
        keep_named_logs(run, transport, verdict.logs)
        for step, kind in zip(steps, kinds, strict=True):
            keep_own_log(run, transport, step, began=began)
            if step.action != StepAction.FETCH and kind is not FailureClass.DISK_FULL:
                keep_config_logs(run, transport, step)
    except (TransportError, StorageError) as error:
        note(run, f"Not all logs of the failure could be kept: {error}", is_problem=True)


def culprit_of(run: Run, step: Step) -> Culprit:
    """A guess from the log, where every line that tells has its offset in the whole log."""
    start, end = _extent(run, step)
    is_fetch = step.action == StepAction.FETCH
    return _culprit(run.uuid, start, end, is_fetch, run.exit_status)


def last_good(run: Run, step: Step) -> LastGood | None:
    """What was made of the package before this run, or else what was ever published of it."""
    made = Step.objects.filter(
        run__repository=run.repository,
        run__lt=run.pk,
        name=step.name,
        action=StepAction.CREATE_BINARY,
        state=StepState.SUCCEEDED,
    )
    latest = made.order_by("-run", "-pk").first()
    if latest is not None:
        return LastGood(latest.version, latest.run_id)
    published = Change.objects.filter(
        channel__repository=run.repository, name=step.name, at__lt=run.created_at
    ).exclude(kind=ChangeKind.REMOVED)
    change = published.select_related("publication").order_by("-pk").first()
    return None if change is None else LastGood(change.version, change.publication.run_id)


def _kind_without_steps(run: Run, verdict: Verdict) -> str:
    """By all that was printed at the end: nobody planned the steps of a sync. "" if not known.

    The verdict in the row of a sync says whether it is the installation after it that failed.
    """
    end = log_size(run)
    is_sync = run.kind == RunKind.SYNC and run.verdict != Outcome.SUCCEEDED.value
    is_fetch = is_sync or verdict.reason.startswith("fetching ")
    kind = _culprit(run.uuid, max(0, end - LOOKED_AT), end, is_fetch, run.exit_status).kind
    return "" if kind is FailureClass.OTHER else kind


def _failed_steps(run: Run) -> list[Step]:
    """Those that failed, and the one in whose middle cave ended."""
    ended = run.is_final or run.exit_status is not None
    states = [StepState.FAILED, *([StepState.ACTIVE] if ended else [])]
    return list(run.steps.filter(state__in=states)[:MOST_STEPS])


def _extent(run: Run, step: Step) -> tuple[int, int]:
    """Where in the log the step's own output begins and ends."""
    if step.log_offset is None:
        return log_size(run), log_size(run)
    later = run.steps.filter(log_offset__gt=step.log_offset).order_by("log_offset").first()
    end = log_size(run) if later is None else later.log_offset or 0
    return step.log_offset, end


@lru_cache(maxsize=128)  # what a failed step printed does not change any more
def _culprit(run: UUID, start: int, end: int, is_fetch: bool, exit_status: int | None) -> Culprit:
    begin = max(start, end - LOOKED_AT)
    content = RunLog(places().run_log(run)).read(begin, end - begin)
    found = find_culprit(content, is_fetch=is_fetch, exit_status=exit_status)
    lines = tuple(TellingLine(begin + line.offset, line.text) for line in found.lines)
    return Culprit(found.kind, found.phase, lines)
