"""Runs from the command line: telling their numbers, following them, saying how they ended."""

from argparse import Namespace
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from time import sleep

from django.core.management.base import CommandParser

from pbins.api.run_shapes import confirmation_shape, run_shape
from pbins.api.shapes import Shape
from pbins.jobs.submission import queue_health, submit
from pbins.management.asked import confirmation_lines, ways_to_answer
from pbins.management.door import DoorCommand, Outcome
from pbins.models import Decision, Run, RunState

POLL_SECONDS = 1.0
CHANGING = ("state", "reason", "started_at", "finished_at")
POLLS_PER_HEALTH_CHECK = 15
HEALTH_CHECKS_WITH_TROUBLE = 3  # a worker may be restarted while somebody waits for it


def add_wait(parser: CommandParser) -> None:
    parser.add_argument("--wait", action="store_true", help="follow until the end, exit with it")


class RunCommand(DoorCommand):
    """A command that makes or follows runs."""

    def begin(self, chosen: Namespace, runs: Sequence[Run]) -> Outcome:
        """Hand runs to the workers; with --wait, stay until they end."""
        self.start(chosen, runs)
        outcome = self.follow(chosen, runs) if chosen.wait else self.leave(runs)
        self.report(chosen, runs)
        return outcome

    def start(self, chosen: Namespace, runs: Sequence[Run]) -> None:
        """Hand runs to the workers and tell their numbers."""
        submit(*runs)
        for line in introductions(runs):
            self.tell(chosen, line)

    def leave(self, runs: Sequence[Run]) -> Outcome:
        """They are queued, whether or not a worker is there to take them."""
        if trouble := queue_trouble():
            self.complain(f"{_numbers(runs)} waits: {trouble}")
        return Outcome.WORKED

    def follow(self, chosen: Namespace, runs: Sequence[Run]) -> Outcome:
        """Tell every change of state until no run moves any more."""
        if trouble := queue_trouble():
            self.complain(f"{_numbers(runs)} waits: {trouble}")
            return Outcome.FAILED
        try:
            trouble = _watch(runs, partial(self.tell, chosen))
        except KeyboardInterrupt:
            self.complain(f"\n{_numbers(runs)} goes on without you. {_commands(runs)}")
            return Outcome.INTERRUPTED
        if trouble:
            self.complain(f"{_numbers(runs)} stands still: {trouble}")
        for line in endings(runs):
            self.tell(chosen, line)
        succeeded = all(run.state == RunState.SUCCEEDED for run in runs)
        return Outcome.WORKED if succeeded else Outcome.FAILED

    def report(
        self,
        chosen: Namespace,
        runs: Sequence[Run],
        *,
        extra: Shape | None = None,
        lines: Iterable[str] = (),
    ) -> None:
        """The last word: everything as JSON, or what the lines above have not said yet."""
        self.answer(chosen, runs_shape(runs) | (extra or {}), lines)

    def tell(self, chosen: Namespace, line: str) -> None:
        """Progress, for people: beside the JSON when that was asked for."""
        if chosen.json:
            self.complain(line)
        else:
            self.say(line)


def runs_shape(runs: Sequence[Run]) -> Shape:
    """One run, or all of a rollout: then ``run`` is the first one's number."""
    if len(runs) == 1 and runs[0].rollout_id is None:
        return run_shape(runs[0]) | _open_confirmations(runs[0])
    shapes = [run_shape(run) for run in runs]
    return {"run": runs[0].pk, "rollout": runs[0].rollout_id, "runs": shapes}


def queue_trouble() -> str:
    """Why nothing moves a run now, and what to do; empty when something does."""
    health = queue_health()
    if not health.redis_up:
        return (
            "Redis does not answer, so no worker can take it. Start the portal with"
            " manage.py up, or check PBINS_REDIS_URL; the run is then taken by itself."
        )
    if health.workers == 0:
        return (
            "no worker is running. Start the portal with manage.py up, or a worker with"
            " manage.py rqworker builds syncs housekeeping."
        )
    return ""


def introductions(runs: Sequence[Run]) -> list[str]:
    """``run 12`` for one; ``run 12 on web1`` for each of several."""
    if len(runs) == 1:
        return [f"run {runs[0].pk}"]
    return [f"run {run.pk} on {run.host}" for run in runs]


def endings(runs: Sequence[Run]) -> list[str]:
    """What to do about those that wait for a person, and the count when there are several."""
    lines = [line for run in runs for line in _permission_lines(run)]
    if len(runs) > 1:
        good = sum(run.state == RunState.SUCCEEDED for run in runs)
        lines.append(f"{good} of {len(runs)} runs succeeded")
    return lines


def _watch(runs: Sequence[Run], tell: Callable[[str], None]) -> str:
    """Until every run rests; returns the trouble that keeps the rest from ever moving on."""
    told: dict[int, tuple[str, str]] = {}
    polls = troubled_checks = 0
    while True:
        _refresh(runs)
        for run in runs:
            if told.get(run.pk) != (run.state, run.reason):
                told[run.pk] = (run.state, run.reason)
                tell(state_line(run))
        if all(_rests(run) for run in runs):
            return ""
        polls += 1
        if polls % POLLS_PER_HEALTH_CHECK == 0:
            trouble = queue_trouble()
            troubled_checks = troubled_checks + 1 if trouble else 0
            if troubled_checks == HEALTH_CHECKS_WITH_TROUBLE:
                return trouble
        sleep(POLL_SECONDS)


def _refresh(runs: Sequence[Run]) -> None:
    """One query, however many hosts a rollout has."""
    moving = {run.pk: run for run in runs if not _rests(run)}
    for values in Run.objects.filter(pk__in=moving).values("pk", *CHANGING):
        run = moving[values.pop("pk")]
        for name, value in values.items():
            setattr(run, name, value)


def _rests(run: Run) -> bool:
    return run.is_final or run.state == RunState.CONFIRMING


def state_line(run: Run) -> str:
    reason = f": {run.reason}" if run.reason else ""
    return f"run {run.pk} on {run.host} {run.get_state_display()}{reason}"


def _permission_lines(run: Run) -> list[str]:
    if run.state != RunState.CONFIRMING:
        return []
    asked = run.confirmations.filter(decision=Decision.OPEN)
    lines = [f"run {run.pk} asks: {line}" for one in asked for line in confirmation_lines(one)]
    return [*lines, *ways_to_answer(run, asked)]


def _open_confirmations(run: Run) -> Shape:
    if run.state != RunState.CONFIRMING:
        return {}
    asked = run.confirmations.filter(decision=Decision.OPEN)
    return {"confirmations": [confirmation_shape(one) for one in asked]}


def _numbers(runs: Sequence[Run]) -> str:
    return ", ".join(f"run {run.pk}" for run in runs).capitalize()


def _commands(runs: Sequence[Run]) -> str:
    number = runs[0].pk if len(runs) == 1 else "ID"
    return f"manage.py run show {number} tells how it is, manage.py run cancel {number} ends it."
