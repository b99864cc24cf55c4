"""Following a stage on a host: its bytes into our log, its lines into the steps."""

import re
import shlex
import socket
import time
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from pbins.models import Host, Run, RunEvent, RunKind, Step, StepAction, StepState
from pbins.paludis.config import render_formats_conf
from pbins.paludis.events import Action, Event, StepDone, StepFailed, StepStarted
from pbins.paludis.events import Step as EventStep
from pbins.paludis.transcript import TranscriptParser
from pbins.services.doing import tell_what_is_done
from pbins.services.logs import log_of
from pbins.services.remote import (
    BUSY_EXIT,
    LOCKLESS_EXIT,
    STATE_DIRECTORY,
    HostBusy,
    HostTrouble,
    Progress,
    RemoteRun,
    poll,
)
from pbins.transport.contract import Transport

CHUNK = 2**20
WAIT_SECONDS = 2
IDLE_SECONDS = 120.0
LOW_SPACE = 1024 * 1024  # a host with less than this left could not write its exit status
QUIET = re.compile(rb"-> \(no output for \d+ seconds?\)")  # FACTS 4.5
QUIET_LIMIT = 4096  # bytes; more than so many are never only that
OUTPUT_SECONDS = 5  # how exactly the time of the last output is known
ACTIONS = {
    Action.FETCH: StepAction.FETCH,
    Action.BINARY: StepAction.CREATE_BINARY,
    Action.INSTALL: StepAction.INSTALL,
}


@dataclass(slots=True)
class Watch:
    """What is remembered between two looks at one stage of one run.

    ``patient``: a look may wait on the host for something new, which saves looking all the time.
    """

    patient: bool = False
    parser: TranscriptParser = field(default_factory=TranscriptParser)
    stage: str = ""
    fed: int = 0
    heard: float = field(default_factory=time.monotonic)
    events: list[Event] = field(default_factory=list)

    @property
    def is_idle(self) -> bool:
        """Whether there was nothing new for so long that it is not worth a connection."""
        return time.monotonic() - self.heard > IDLE_SECONDS


@dataclass(frozen=True, slots=True)
class StageEnd:
    """A stage that is over: its exit status, and everything that its output says."""

    exit: int
    events: tuple[Event, ...]


def remote_run(run: Run) -> RemoteRun:
    """Where the run lives on its host."""
    state = PurePosixPath(run.host.prefix + STATE_DIRECTORY)
    return RemoteRun(
        directory=state / "runs" / str(run.uuid),
        lock=state / "lock",
        holder=f"{portal_name()} run {run.pk} ({run.kind})",
        prefix=run.host.prefix,
        gently=_gently(run),
    )


def _gently(run: Run) -> tuple[tuple[str, ...], ...]:
    """How builds give way to other work on their host."""
    if run.kind not in {RunKind.BUILD, RunKind.PLAN}:
        return ()
    nice = (("nice", "-n", str(run.host.nice)),) if run.host.nice else ()
    return (*nice, ("ionice", "-c", "3")) if run.host.idle_io else nice


def portal_name() -> str:
    """How this portal signs the lock on a host."""
    return f"the portal at {settings.PBINS_BASE_URL} on {socket.gethostname()}"


def write_formats(run: Run) -> str:
    """Shell text that lets cave mark its steps with a token that no package can know."""
    return f"printf '%s' {shlex.quote(render_formats_conf(run.uuid.hex))} > formats.conf\n"


def follow(run: Run, transport: Transport, *, stage: str, watch: Watch) -> StageEnd | None:
    """Take over what is new of a stage; its end if it is over.

    Raises HostBusy when the host is locked by another, HostTrouble when the stage ended without a
    word: killed, the host restarted, or its disk is full.
    """
    waits = watch.patient and not watch.is_idle
    progress = _take_over(run, transport, stage, wait=WAIT_SECONDS if waits else 0)
    if not progress.claimed:
        return None
    if progress.exit is None and progress.alive and not progress.begun:
        return None  # what stands in the log by now is of the stage before
    if progress.exit is None and not progress.alive:
        time.sleep(1)  # the process may have ended between the two questions of one poll
        progress = _take_over(run, transport, stage)
        if progress.exit is None and not progress.alive:
            raise HostTrouble(_how_it_was_lost(run.host, progress))
    if progress.exit == BUSY_EXIT and progress.holder:
        raise HostBusy(progress.holder)
    if progress.exit == LOCKLESS_EXIT:
        raise HostTrouble(
            f"The lock {remote_run(run).lock} can't be made on {run.host.name}: is its disk full,"
            " or read-only? Nothing was begun."
        )
    feed(run, stage, progress.offset, watch)
    if progress.exit is None:
        return None
    return _end(run, progress.exit, progress.offset, watch)


def catch_up(run: Run, transport: Transport, *, stage: str, watch: Watch) -> None:
    """Take over what is left of the log of a run that was ended, whatever became of the stage."""
    seen = _take_over(run, transport, stage)
    if seen.begun:
        feed(run, stage, seen.offset, watch)


def feed(run: Run, stage: str, offset: int, watch: Watch) -> None:
    """Give the parser what came into the log since the last look, and move the steps by it."""
    log = log_of(run)
    if watch.stage != stage:
        watch.parser = TranscriptParser(run.uuid.hex)
        watch.stage, watch.fed, watch.events = stage, offset, []
    while chunk := log.read(watch.fed, CHUNK):
        watch.fed += len(chunk)
        watch.heard = time.monotonic()
        events = watch.parser.feed(chunk)
        watch.events += events
        for event in events:
            _move_step(run, event, offset)
        if events:
            tell_what_is_done(run)


def note(run: Run, text: str, *, is_problem: bool = False) -> None:
    """Something for the run's page that the portal did or saw; said twice in a row only once."""
    last = run.events.order_by("-pk").first()
    if last is None or last.text != text:
        RunEvent.objects.create(run=run, text=text, is_problem=is_problem)


def sentence(reason: str) -> str:
    """A verdict's reason as a sentence of its own."""
    return f"{reason[:1].upper()}{reason[1:]}." if reason else ""


def _take_over(run: Run, transport: Transport, stage: str, *, wait: int = 0) -> Progress:
    """What the host wrote since the last look, into our log; its size is where we are."""
    log = log_of(run)
    where = remote_run(run)
    while True:
        known = log.size()
        seen = poll(transport, where, stage=stage, offset=known, limit=CHUNK, wait=wait)
        if seen.size < known:
            raise HostTrouble(
                f"{where.directory} on {run.host.name} is gone, or is not what it was: was the host"
                " installed anew? What ran there can't be followed any more; retry."
            )
        if seen.data:
            log.append(seen.data, at=known)
            _note_output(run, seen.data)
        if len(seen.data) < CHUNK:
            return seen


def _note_output(run: Run, data: bytes) -> None:
    """When something was last heard; what cave itself says about silence is none of it."""
    now = timezone.now()
    if len(data) < QUIET_LIMIT and not QUIET.sub(b"", data).strip():
        return
    if run.last_output_at is None or (now - run.last_output_at).total_seconds() > OUTPUT_SECONDS:
        Run.objects.filter(pk=run.pk).update(last_output_at=now)
        run.last_output_at = now


def _end(run: Run, exit_status: int, offset: int, watch: Watch) -> StageEnd:
    events = watch.parser.close()
    for event in events:
        _move_step(run, event, offset)
    return StageEnd(exit=exit_status, events=(*watch.events, *events))


def _move_step(run: Run, event: Event, offset: int) -> None:
    now = timezone.now()
    match event:
        case StepStarted(step=step):
            touched = _steps(run, step).filter(state=StepState.PENDING)
            touched.update(state=StepState.ACTIVE, started_at=now, log_offset=offset + event.offset)
        case StepDone(step=step):
            touched = _steps(run, step).exclude(state=StepState.SUCCEEDED)
            touched.update(state=StepState.SUCCEEDED, finished_at=now)
        case StepFailed(step=step):
            touched = _steps(run, step).exclude(state=StepState.FAILED)
            touched.update(state=StepState.FAILED, finished_at=now)


def _steps(run: Run, step: EventStep) -> QuerySet[Step]:
    return run.steps.filter(
        action=ACTIONS.get(step.action, ""),
        name=str(step.package.name),
        version=step.package.version.text,
        origin=str(step.package.repository or ""),
    )


def _how_it_was_lost(host: Host, progress: Progress) -> str:
    if progress.free < LOW_SPACE:
        return (
            f"The disk of {host.name} is full ({progress.free // 1024} KiB left): what ran there"
            " ended without being able to say so. Free some space, then retry."
        )
    return (
        f"What ran on {host.name} is gone without leaving an exit status: it was killed, or the"
        " host was restarted. Retry when the host is well."
    )
