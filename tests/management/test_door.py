"""What every command does alike."""

import os
import sys
from argparse import Namespace

import pytest
from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.db import OperationalError

from pbins.management.door import DoorCommand, Outcome, add_act
from pbins.services.errors import Refused


class Failing(DoorCommand):
    """Raises what it was made with."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error

    def add_arguments(self, parser: CommandParser) -> None:
        add_act(parser, self.fail)

    def fail(self, chosen: Namespace) -> Outcome:
        raise self.error


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (Refused("Not today."), 2, "Not today."),
        (ValidationError({"name": "Too long."}), 2, "name: Too long."),
        (ValidationError("Nonsense."), 2, "Nonsense."),
        (OperationalError("no such table: pbins_host"), 1, "manage.py migrate"),
    ],
)
def test_an_expected_failure_is_one_sentence_on_stderr(
    error: Exception, status: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        Failing(error).run_from_argv(["manage.py", "failing"])
    said = capsys.readouterr()
    assert (end.value.code, said.out) == (status, "")
    assert told in said.err
    assert "Traceback" not in said.err


def test_a_bug_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        Failing(ZeroDivisionError()).run_from_argv(["manage.py", "failing"])


def test_a_reader_that_has_had_enough_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        Failing(BrokenPipeError()).run_from_argv(["manage.py", "failing"])
