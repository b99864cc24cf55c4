"""What every command does alike: sub-commands, --json, and how work, failure and refusal end."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterable
from enum import IntEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError

from pbins.services.errors import Refused
from pbins.services.hosts import in_words


class Outcome(IntEnum):
    """Exit statuses; argparse itself ends with 2 as well."""

    WORKED = 0
    FAILED = 1
    REFUSED = 2
    INTERRUPTED = 130  # as a shell says it: ended by Ctrl-C


Act = Callable[[Namespace], Outcome]


class DoorCommand(BaseCommand):
    """One noun or verb of the command line.

    People's text and JSON go to stdout; refusals, warnings and what happens while --json waits go
    to stderr, so that stdout can be read by a program. An act gets the parsed arguments and
    returns its outcome; ``Refused`` and ``ValidationError`` are told in one sentence.
    """

    # They load every page and look at every model, for a quarter of a command's time;
    # ``make check`` and the portal's start do that.
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = Namespace(**options)
        try:
            outcome = chosen.act(chosen)
            self.stdout.flush()
        except Refused as refusal:
            self.complain(str(refusal))
            outcome = Outcome.REFUSED
        except ValidationError as error:
            self.complain(in_words(error))
            outcome = Outcome.REFUSED
        except OperationalError as error:
            self.complain(f"The database can't be used: {error}. Set it up with manage.py migrate.")
            outcome = Outcome.FAILED
        except BrokenPipeError:
            # The reader, as in `run log 12 | head`, has had enough; Python must not flush again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            outcome = Outcome.WORKED
        if outcome is not Outcome.WORKED:
            sys.exit(outcome)

    def complain(self, text: str) -> None:
        self.stderr.write(text)

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()  # whoever reads a pipe wants to see a run move

    def answer(self, chosen: Namespace, shape: object, lines: Iterable[str]) -> None:
        """``shape`` as JSON when that was asked for, otherwise the lines."""
        if chosen.json:
            self.say(json.dumps(shape, indent=2, cls=DjangoJSONEncoder, ensure_ascii=False))
            return
        for line in lines:
            self.say(line)


def add_act(parser: CommandParser, act: Act) -> None:
    """Give a parser what all have: --json, and the function that does the work."""
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(act=act)
