"""Lines that say what happens to a step: cave's own headings, and our markers (FACTS 4.1, 4.5)."""

import re
from collections.abc import Iterator

from pbins.paludis.config import MARKER
from pbins.paludis.errors import ParseError
from pbins.paludis.events import (
    Action,
    Counter,
    Performing,
    Step,
    StepAlready,
    StepDone,
    StepFailed,
    StepStarted,
    StepSummary,
)
from pbins.paludis.names import PackageId, RepositoryName
from pbins.paludis.plan import Destination, FetchJob, InstallJob, Job, JobState, UninstallJob

StepEvent = StepStarted | StepDone | StepFailed | StepAlready | StepSummary | Performing

COUNTER = re.compile(r"(\d{1,6}) of (\d{1,6})(?:, (\d{1,6}) failed)?(?:, (\d{1,6}) skipped)?")
BINARY = "create binary in ::"
REPLACING = " replacing "

STARTING = ": Starting "
ALREADY = ": Already "
FOR = " for "
SUMMARY = re.compile(r"(pending|succeeded|failed|skipped): +(.+)")
SUMMARISED = re.compile(r"(fetch|install|uninstall) (.+?)(?: to ::(\S+))?")


ACTIONS = {
    Destination.SLASH: Action.INSTALL,
    Destination.CHROOT: Action.CHROOT,
    Destination.CROSS: Action.CROSS,
}


def steps_of(job: Job) -> tuple[Step, ...]:
    """The steps by which cave's lines mean a job of the plan; several only for a removal."""
    match job:
        case FetchJob():
            return (Step(Action.FETCH, job.origin),)
        case UninstallJob():
            return tuple(Step(Action.REMOVE, package) for package in job.removing)
        case InstallJob(destination=Destination.BINARY):
            return (Step(Action.BINARY, job.origin, job.destination_repository),)
        case InstallJob():
            return (Step(ACTIONS[job.destination], job.origin),)


def read_heading(text: str, offset: int) -> Iterator[StepEvent]:
    """What one of cave's own lines says.

    Nothing for most lines; ParseError for one that only begins like cave's.
    """
    action, found, packages = text.partition(FOR)
    if not found:
        return
    counter, starting, started = action.partition(STARTING)
    if starting and packages.endswith("..."):
        yield from _started(counter, started, *_replacing(packages[:-3]), offset)
        return
    counter, already, state = action.partition(ALREADY)
    if already:
        yield from _already(counter, state, packages)
        return
    word, _, ended = action.partition(" ")
    if word in ("Done", "Failed"):
        yield from _ended(word == "Done", ended, _replacing(packages)[0])


def read_summary(text: str) -> Iterator[StepEvent]:
    """A line below cave's heading `Summary:`."""
    if match := SUMMARY.fullmatch(text):
        yield from _summarised(match[1], match[2])


def read_marker(text: str, token: str, offset: int) -> Iterator[StepEvent]:
    """A line that cave printed in the formats of `config.render_formats_conf(token)`.

    Raises ParseError for a line that is none, or bears another token.
    """
    begin = f"{MARKER}{token}|" if token else MARKER
    if not text.startswith(begin) or not text.endswith(MARKER):
        raise ParseError("not a marker of this run")
    word, *parts = text[len(begin) : -len(MARKER)].split("|")
    match word, parts:
        case "START", [counter, action, packages, replacing]:
            yield from _started(counter, action, packages, replacing, offset)
        case "DONE" | "FAILED", [action, packages, _]:
            yield from _ended(word == "DONE", action, packages)
        case "ALREADY", [counter, state, subject]:
            yield from _already(counter, state, subject)
        case "SUMMARY", [state, subject]:
            yield from _summarised(state, subject)
        case "DOING", [_, completed, verb, package]:
            yield Performing(verb, PackageId.parse(package), completed=bool(completed))
        case _:
            raise ParseError("not a marker that is known")


def _started(
    counter: str, action: str, packages: str, replacing: str, offset: int
) -> Iterator[StepEvent]:
    count = _counter(counter)
    for step in _steps(action, packages):
        yield StepStarted(step, count, offset, replacing.removeprefix(REPLACING))


def _ended(done: bool, action: str, packages: str) -> Iterator[StepEvent]:
    for step in _steps(action, packages):
        yield StepDone(step) if done else StepFailed(step)


def _already(counter: str, state: str, subject: str) -> Iterator[StepEvent]:
    count = _counter(counter)
    verb, packages, _ = _subject(subject)
    for package in packages:
        yield StepAlready(verb, package, _state(state), count)


def _summarised(state: str, subject: str) -> Iterator[StepEvent]:
    verb, packages, destination = _subject(subject)
    for package in packages:
        yield StepSummary(_state(state), verb, package, destination)


def _steps(action: str, packages: str) -> Iterator[Step]:
    """A removal may name several packages; each is a step of its own."""
    kind, repository = _action(action)
    for package in _packages(packages):
        yield Step(kind, package, repository)


def _action(text: str) -> tuple[Action, RepositoryName | None]:
    if text.startswith(BINARY):
        return Action.BINARY, RepositoryName(text.removeprefix(BINARY))
    if text == Action.BINARY or text not in set(Action):
        raise ParseError("not an action of cave")
    return Action(text), None


def _packages(text: str) -> tuple[PackageId, ...]:
    return tuple(map(PackageId.parse, text.split(", ")))


def _replacing(text: str) -> tuple[str, str]:
    packages, _, replaced = text.partition(REPLACING)
    return packages, replaced


def _subject(text: str) -> tuple[str, tuple[PackageId, ...], RepositoryName | None]:
    match = SUMMARISED.fullmatch(_replacing(text)[0])
    if match is None:
        raise ParseError("not a step of a summary")
    destination = None if match[3] is None else RepositoryName(match[3])
    return match[1], _packages(match[2]), destination


def _state(text: str) -> JobState:
    if text not in set(JobState):
        raise ParseError("not a state of a step")
    return JobState(text)


def _counter(text: str) -> Counter:
    match = COUNTER.fullmatch(text)
    if match is None:
        raise ParseError("not a counter")
    number, of, failed, skipped = (int(part or 0) for part in match.groups())
    return Counter(number, of, failed, skipped)
