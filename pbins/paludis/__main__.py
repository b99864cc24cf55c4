"""What this room knows of Paludis, for people and scripts, without Django.

Every answer is one line on standard output. The exit status is 1 if something could not be parsed
(its line then has an `error`) or has `problems`, and 2 if a file could not be read.
"""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from pbins.paludis.as_json import Json, as_json
from pbins.paludis.dependencies import parse_dependencies
from pbins.paludis.errors import ParseError
from pbins.paludis.events import Event
from pbins.paludis.evidence import Evidence
from pbins.paludis.layout import read_layout
from pbins.paludis.names import TarballName
from pbins.paludis.options import parse_options
from pbins.paludis.outcome import Purpose, judge_evidence
from pbins.paludis.packages import decoded
from pbins.paludis.pbin import inspect_pbin, parse_pbin
from pbins.paludis.plan import parse_plan
from pbins.paludis.transcript import TranscriptParser
from pbins.paludis.versions import Version

CHUNK = 2**20
"""Bytes of a log read at once."""

T = TypeVar("T")
Answer = dict[str, Json] | str
Command = Callable[[argparse.Namespace], Iterator[Answer]]


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; returns the exit status."""
    parsed = _parser().parse_args(arguments)
    command: Command = parsed.command
    status = 0
    try:
        for answer in command(parsed):
            print(answer if isinstance(answer, str) else json.dumps(answer))
            if isinstance(answer, dict) and (answer.get("error") or answer.get("problems")):
                status = 1
    except ParseError as error:
        print(error, file=sys.stderr)
        status = 1
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
        status = 2
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pbins.paludis", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def add(name: str, command: Command, meaning: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=meaning, description=meaning)
        added.set_defaults(command=command)
        return added

    added = add("pbin", _pbins, "fields, dependencies, options and verdict of pbins")
    added.add_argument("files", nargs="+", type=Path, metavar="FILE")
    added = add("versions", _versions, "sort the versions on standard input, one to a line")
    added.add_argument("--compare", nargs=2, metavar=("A", "B"), help="print <, = or > instead")
    add("specs", _specs, "parse the DEPENDENCIES on standard input, one to a line")
    added = add("layout", _layout, "what a repository holds, and what is wrong with it")
    added.add_argument("directory", type=Path, metavar="DIR")
    added = add("tarball", _tarballs, "what the names of tarballs say")
    added.add_argument("names", nargs="+", metavar="NAME")
    added = add("plan", _plan, "the jobs in a resume file")
    added.add_argument("file", type=Path, metavar="FILE")
    added = add("transcript", _transcript, "what happened in a run of cave, and the verdict on it")
    added.add_argument("file", type=Path, metavar="FILE", help="what cave printed")
    added.add_argument("--exit", type=int, metavar="STATUS", help="what cave exited with")
    added.add_argument("--purpose", type=Purpose, choices=list(Purpose), help="why cave was run")
    added.add_argument("--token", default="", help="the one in the markers of this run")
    return parser


def _pbins(arguments: argparse.Namespace) -> Iterator[Answer]:
    for path in arguments.files:
        yield {"file": str(path), **_attempt(_pbin, path.read_bytes())}


def _pbin(content: bytes) -> dict[str, Json]:
    text = decoded(content)
    pbin = parse_pbin(text)
    verdict = inspect_pbin(text)
    return {
        "fields": as_json(pbin.fields),
        "dependencies": _tree(pbin.dependencies),
        "options": as_json(parse_options(pbin.myoptions, pbin.options)),
        "verdict": "clean" if verdict.clean else "unclean",
        "problems": as_json(verdict.problems),
    }


def _versions(arguments: argparse.Namespace) -> Iterator[Answer]:
    if arguments.compare:
        first, second = map(Version, arguments.compare)
        yield "=" if first == second else "<" if first < second else ">"
        return
    yield from map(str, sorted(Version(line.strip()) for line in sys.stdin if line.strip()))


def _specs(_: argparse.Namespace) -> Iterator[Answer]:
    for line in sys.stdin:
        yield _attempt(_tree, line)


def _tree(text: str) -> dict[str, Json]:
    parsed = parse_dependencies(text)
    return {
        "text": str(parsed),
        "tree": as_json(parsed.tree),
        "needs": as_json(parsed.needs),
        "packages": as_json(parsed.packages),
    }


def _layout(arguments: argparse.Namespace) -> Iterator[Answer]:
    root: Path = arguments.directory
    if not root.is_dir():
        raise NotADirectoryError(0, "is not a directory", str(root))
    paths = {path.relative_to(root): path for path in root.rglob("*") if path.is_file()}
    files = {
        name.as_posix(): path.read_bytes()
        for name, path in paths.items()
        if ".git" not in name.parts
    }
    layout = read_layout(files)
    yield {
        "name": layout.name,
        "masters": as_json(layout.masters),
        "categories": as_json(layout.categories),
        "mirrors": as_json(layout.mirrors),
        "pbins": [one.path for one in layout.pbins],
        "manifests": as_json(sorted(layout.manifests)),
        "problems": as_json(layout.problems),
    }


def _tarballs(arguments: argparse.Namespace) -> Iterator[Answer]:
    for name in arguments.names:
        yield {"file": name, **_attempt(_tarball, name)}


def _tarball(text: str) -> dict[str, Json]:
    name = TarballName.parse(text)
    return {
        "repository": name.repository,
        "category": name.name.category,
        "package": name.name.package,
        "version": str(name.version),
        "cookie": name.cookie,
    }


def _plan(arguments: argparse.Namespace) -> Iterator[Answer]:
    plan = parse_plan(decoded(arguments.file.read_bytes()))
    yield {"plan": as_json(plan)}


def _transcript(arguments: argparse.Namespace) -> Iterator[Answer]:
    evidence = Evidence()
    for event in _events(arguments.file, TranscriptParser(arguments.token)):
        evidence.add(event)
        yield {"event": as_json(event)}
    yield {"verdict": as_json(judge_evidence(evidence, arguments.exit, arguments.purpose))}


def _events(path: Path, parser: TranscriptParser) -> Iterator[Event]:
    with path.open("rb") as log:
        while chunk := log.read(CHUNK):
            yield from parser.feed(chunk)
    yield from parser.close()


def _attempt(read: Callable[[T], dict[str, Json]], text: T) -> dict[str, Json]:
    try:
        return read(text)
    except ParseError as error:
        return {"error": error.reason, "line": error.line}


if __name__ == "__main__":
    # A reader that closes the pipe early, as head does, is no error.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    sys.exit(main())
