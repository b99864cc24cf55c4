"""Where a command's words go: standard output, and while an action runs its own log too."""

import os
import sys
from pathlib import Path
from typing import TextIO

GREEN_STAR = " \x1b[32;01m*\x1b[0m "
PHASE = "\x1b[35;01m===\x1b[0m "

DEFAULT_FORMATS = {
    "x_of_y_title.1": "\x1b]2;%c%x %a %i\x07",
    "starting_action.2": "%x: Starting %a for %i%r...\n\n\n",
    "done_action.1": "Done %a for %i%r\n\n\n",
    "failed_action.1": "Failed %a for %i%r\n\n\n",
    "already_action.1": "%x: Already %s for %t\n\n\n",
    "summary_job_pending.1": "pending:   %s\n",
    "summary_job_succeeded.1": "succeeded: %s\n",
    "summary_job_failed.1": "failed:    %s\n",
    "summary_job_skipped.1": "skipped:   %s\n",
}


class Screen:
    """`block_buffered` is how a real cave writes to a file or pipe with `-J 0` (FACTS 4.5)."""

    def __init__(self, *, block_buffered: bool = False) -> None:
        self.block_buffered = block_buffered
        self.formats = DEFAULT_FORMATS | _own_formats()
        self._log: TextIO | None = None
        self._heading = ""

    def say(self, text: str) -> None:
        """Cave's own words: never in an action's log."""
        sys.stdout.write(text)
        if not self.block_buffered:
            sys.stdout.flush()

    def message(self, text: str) -> None:
        self.say(f"{GREEN_STAR}{text}\n")

    def announce(self, key: str, **values: str) -> None:
        """One of the strings that CAVE_FORMATS_CONF may replace."""
        self.say(expand(self.formats[key], values))

    def title(self, x: str, action: str, package: str, *, completed: bool = False) -> None:
        """A terminal title; a real cave writes them into files as well."""
        begin = "Completed " if completed else ""
        self.announce("x_of_y_title.1", c=begin, x=x, a=action, i=package)

    def start_log(self, path: Path, heading: str) -> None:
        """From here on `print` goes into `path` too; the first words are headed by `heading`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._log = path.open("w", encoding="utf-8", newline="")
        self._heading = heading

    def end_log(self) -> None:
        if self._log is not None:
            self._log.close()
        self._log, self._heading = None, ""

    def print(self, text: str) -> None:
        """The output of an action."""
        if self._heading:
            self.say(f"Output from {self._heading}:\n\n")
            self._heading = ""
        if self._log is not None:
            self._log.write(text)
        self.say(text)

    def phase(self, text: str) -> None:
        self.print(f"{PHASE}{text}\r\n")

    def flush(self) -> None:
        """Everything out, before another process writes to the same places."""
        sys.stdout.flush()
        if self._log is not None:
            self._log.flush()

    def complain(self, text: str) -> None:
        """What an action prints on standard error."""
        if self._log is not None:
            self._log.write(text)
        self.say_error(text)

    def say_error(self, text: str) -> None:
        """Cave's own words on standard error, in order with what was said before."""
        if not self.block_buffered:
            self.flush()
        sys.stderr.write(text)
        sys.stderr.flush()


def is_block_buffered(fetch_jobs: str) -> bool:
    """Only `-J 0` into something that is no terminal, unless run under `stdbuf -o`."""
    return fetch_jobs == "0" and not sys.stdout.isatty() and "_STDBUF_O" not in os.environ


def expand(text: str, values: dict[str, str]) -> str:
    for letter, value in values.items():
        text = text.replace(f"%{letter}", value)
    return text


def _own_formats() -> dict[str, str]:
    """The strings of CAVE_FORMATS_CONF that are not empty (FACTS 4.1)."""
    path = Path(os.environ.get("CAVE_FORMATS_CONF", ""))
    if not path.is_file():
        return {}
    formats, section = {}, ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[] ")
            continue
        key, equals, value = line.partition("=")
        text = value.strip().strip('"').replace("\\n", "\n").replace("\\t", "\t")
        if equals and text and section in ("execute-resolution", "perform"):
            formats[key.strip()] = text
    return formats
