"""The stand-in's entry: global options, the choice of a command, the end of errors."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from demo.cave.arguments import bad_argument
from demo.cave.errors import CaveError, UsageError
from demo.cave.host import Host

Command = Callable[[Host, str, list[str]], int]

VERSION = "cave 3.0.1 (stand-in for demonstration, not Paludis)"
GLOBAL_OPTIONS = ("-c", "--colour", "-L", "--log-level", "-E", "--environment")
# Loaded by name and only when called, so that a query does not pay for tarballs and HTTP.
COMMANDS = {
    "resolve": "resolve.run",
    "resume": "resume.run",
    "sync": "syncing.run",
    "show": "show.run",
    "report": "listings.report",
    "fix-cache": "listings.fix_cache",
    "has-version": "queries.has_version",
    "print-best-version": "queries.print_best_version",
    "print-ids": "queries.print_ids",
    "print-id-metadata": "queries.print_id_metadata",
    "print-repositories": "listings.print_repositories",
    "print-repository-metadata": "listings.print_repository_metadata",
    "print-sets": "listings.print_sets",
    "print-set": "listings.print_set",
    "print-unused-distfiles": "listings.print_unused_distfiles",
    "print-sync-protocols": "listings.print_sync_protocols",
}


def main(root: str, pace: float, words: list[str]) -> int:
    """Run one command with `root` as `/`; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="surrogateescape", newline="")  # type: ignore[union-attr]
    program = " ".join(["cave", *words])
    try:
        return _run(Host(Path(root), pace), program, words)
    except CaveError as error:
        sys.stdout.flush()
        sys.stderr.write(error.render(program))
    except UsageError as error:
        sys.stderr.write(f"Usage error: {error}\n")
    except BrokenPipeError:
        sys.stderr.close()
    return 1


def _run(host: Host, program: str, words: list[str]) -> int:
    rest = list(words)
    while rest and rest[0].startswith("-"):
        word = rest.pop(0)
        if word == "--version":
            sys.stdout.write(f"{VERSION}\n")
            return 0
        if word not in GLOBAL_OPTIONS:
            raise bad_argument(word)
        if rest:
            rest.pop(0)
    if not rest:
        raise UsageError("Must specify a command")
    command = rest.pop(0)
    if command not in COMMANDS:
        raise CaveError(f"Unknown command '{command}'", "paludis::cave::UnknownCommand")
    module, _, function = COMMANDS[command].partition(".")
    run: Command = getattr(import_module(f"demo.cave.{module}"), function)
    return run(host, program, rest)
