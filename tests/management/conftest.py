"""The command line as a shell sees it, with or without workers behind it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import pytest
from django.core.management import load_command_class
from django.db import connections

from pbins.jobs.submission import QueueHealth
from pbins.management import waiting
from pbins.models import Run


@dataclass(frozen=True, slots=True)
class Ended:
    exit: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell(Protocol):
    def __call__(self, *argv: str) -> Ended: ...


@pytest.fixture(autouse=True)
def connection(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command closes its connections when it ends; the test goes on with them."""
    monkeypatch.setattr(connections, "close_all", lambda: None)


@pytest.fixture
def manage(capsys: pytest.CaptureFixture[str]) -> Shell:
    """``manage("host", "list")``: as manage.py runs it, exit status included."""

    def run(*argv: str) -> Ended:
        command = load_command_class("pbins", argv[0])
        try:
            command.run_from_argv(["manage.py", *argv])
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        said = capsys.readouterr()
        return Ended(status, said.out, said.err)

    return run


@dataclass(slots=True)
class Workers:
    """Stands for redis and the workers: notes what is submitted, and moves runs while one waits.

    ``on_sleep`` is called instead of each pause between two looks at a run.
    """

    health: QueueHealth
    submitted: list[Run]
    on_sleep: Callable[[int], None]
    sleeps: int = 0

    def submit(self, *runs: Run) -> None:
        self.submitted.extend(runs)

    def sleep(self, _: float) -> None:
        self.sleeps += 1
        self.on_sleep(self.sleeps)


@pytest.fixture
def workers(monkeypatch: pytest.MonkeyPatch) -> Workers:
    def nobody(sleeps: int) -> None:
        pytest.fail("somebody waits, and nothing was to happen")

    found = Workers(QueueHealth(redis_up=True, workers=1), [], nobody)
    monkeypatch.setattr(waiting, "submit", found.submit)
    monkeypatch.setattr(waiting, "queue_health", lambda: found.health)
    monkeypatch.setattr(waiting, "sleep", found.sleep)
    return found
