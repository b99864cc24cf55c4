"""The configuration files of Paludis that we write on hosts, and reading them back (FACTS 3.2)."""

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from pbins.paludis.errors import ParseError, shown
from pbins.paludis.names import RepositoryName

BUILDER_IMPORTANCE = 10
CONSUMER_IMPORTANCE = 100

URI = re.compile(r"[a-z][a-z0-9+.-]*://[A-Za-z0-9/@:._~%+=,&?\[\]-]+")
CHANNEL = re.compile(r"(?!.*(?:\.\.|//|/\Z|\.\Z|\.lock\Z))[A-Za-z0-9_][A-Za-z0-9_./-]*")
PLATFORM = re.compile(r"[~-]?[A-Za-z0-9_*][A-Za-z0-9_*-]*")
PLAIN_PATH = re.compile(r"/[A-Za-z0-9_./+@:-]*")
TOKEN = re.compile(r"[A-Za-z0-9]*")

MARKER = "@@"
"""What a line of ours begins and ends with."""

MARKED = {
    "execute-resolution": {
        "starting_action.2": "START|%x|%a|%i|%r",
        "done_action.1": "DONE|%a|%i|%r",
        "failed_action.1": "FAILED|%a|%i|%r",
        "already_action.1": "ALREADY|%x|%s|%t",
        "summary_job_pending.1": "SUMMARY|pending|%s",
        "summary_job_succeeded.1": "SUMMARY|succeeded|%s",
        "summary_job_failed.1": "SUMMARY|failed|%s",
        "summary_job_skipped.1": "SUMMARY|skipped|%s",
    },
    "perform": {"x_of_y_title.1": "DOING|%x|%c|%a|%i"},
}
"""Section, key and marker of each format that we replace (FACTS 4.1)."""


def render_builder_conf(
    *,
    repository: RepositoryName,
    location: PurePosixPath,
    distdir: PurePosixPath,
    platforms: Iterable[str],
    importance: int = BUILDER_IMPORTANCE,
) -> str:
    """A binary repository on the host that makes its packages.

    `platforms` are those that pbins may be marked for: `amd64`, `~amd64`. Both directories are
    one, or cave would fetch what it just made (FACTS 0.4), and there is no `sync`, which would
    throw away what it just made (FACTS 0.5).
    """
    return _render(
        {
            "format": "e",
            "location": _path(location),
            "importance": str(importance),
            "binary_destination": "true",
            "binary_distdir": _path(distdir),
            "distdir": _path(distdir),
            "binary_keywords_filter": _platforms(platforms),
            "binary_uri_prefix": f"mirror://{repository}/",
            "use_manifest": "ignore",
        }
    )


def render_consumer_conf(
    *,
    location: PurePosixPath,
    sync: str,
    channel: str = "master",
    importance: int = CONSUMER_IMPORTANCE,
) -> str:
    """A binary repository on a host that installs from it.

    `sync` is a URI such as `git+https://portal/git/name.git`. The branch is always named: cave
    can't sync a branch other than `master` twice unless it is told (FACTS 7).
    """
    values = {
        "format": "e",
        "location": _path(location),
        "importance": str(importance),
        "sync": _uri(sync),
    }
    if sync.startswith("git"):
        values["sync_options"] = f"--branch={_channel(channel)}"
    return _render(values)


def render_mirrors_conf(mirrors: Mapping[RepositoryName, Iterable[str]]) -> str:
    """Where the tarballs of each repository are: `name uri uri …`, each URI ending in a slash."""
    lines = []
    for name, uris in sorted(mirrors.items()):
        addresses = [_uri(uri) if uri.endswith("/") else f"{_uri(uri)}/" for uri in uris]
        if not addresses:
            raise ParseError(f"mirror {shown(name)} has no address")
        lines.append(" ".join([name, *addresses]))
    return "".join(f"{line}\n" for line in lines)


def render_formats_conf(token: str = "") -> str:
    """The file for CAVE_FORMATS_CONF: what happens to a step becomes a line that we recognise.

    With a token that nothing else knows, no package can print a line that passes for cave's.
    Each marker starts a line of its own, whatever a build left unfinished on the one before.
    """
    if TOKEN.fullmatch(token) is None:
        raise ParseError(f"{shown(token)} is not letters and digits")
    prefix = f"{MARKER}{token}|" if token else MARKER
    lines = []
    for section, formats in MARKED.items():
        lines.append(f"[{section}]")
        lines += [rf'{key} = "\n{prefix}{text}{MARKER}\n"' for key, text in formats.items()]
    return "".join(f"{line}\n" for line in lines)


KEY = re.compile(r"[^\s$#\"'=\\?\[\]]+")
SECTION = re.compile(r"\s*\[\s*([^\s$#\"'=\\\]]+)(?:\s+([^\s$#\"\\\]]+))?\s*\]\s*")
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
ESCAPES = {"n": "\n", "t": "\t", "e": "\x1b", "a": "\a"}


def parse_conf(text: str) -> dict[str, str]:
    """Read `key = value` lines: comments, line continuation, quotes, sections as `section/key`.

    The last of several values counts. Variables stay as they stand: nobody but the host knows
    them. Raises ParseError with the line.
    """
    values: dict[str, str] = {}
    section = ""
    for number, line in _logical_lines(text):
        if match := SECTION.fullmatch(line):
            section = "/".join(part for part in match.groups() if part) + "/"
            continue
        left, equals, value = line.partition("=")
        key = left.strip().removesuffix("?").rstrip()
        if not equals or KEY.fullmatch(key) is None:
            raise ParseError(f"{shown(line)} is not an assignment", number)
        values[section + key] = _unquoted(value.strip(), number)
    return values


def _logical_lines(text: str) -> Iterable[tuple[int, str]]:
    """Lines that say something, each with its number, the continued ones joined."""
    pending: list[str] = []
    first = 0
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")
        if not pending and (not line.strip() or line.lstrip().startswith("#")):
            continue
        first = first if pending else number
        if line.endswith("\\"):
            pending.append(line[:-1])
            continue
        yield first, "".join([*pending, line])
        pending = []
    if pending:
        raise ParseError("the file ends in the middle of a continued line", first)


def _unquoted(value: str, number: int) -> str:
    quote = value[:1]
    if quote not in ('"', "'"):
        return ESCAPE.sub(_escaped, " ".join(value.split()))
    if len(value) < 2 or value[-1] != quote:
        raise ParseError(f"{shown(value)} has no closing quote", number)
    inner = value[1:-1]
    return inner if quote == "'" else ESCAPE.sub(_escaped, inner)


def _escaped(match: re.Match[str]) -> str:
    return ESCAPES.get(match[1], match[1])


def _render(values: Mapping[str, str]) -> str:
    return "".join(f"{key} = {value}\n" for key, value in values.items())


def _path(path: PurePosixPath) -> str:
    text = str(path)
    if PLAIN_PATH.fullmatch(text) is None or ".." in path.parts:
        raise ParseError(f"{shown(text)} is not an absolute path of plain characters")
    return text


def _uri(text: str) -> str:
    if URI.fullmatch(text) is None:
        raise ParseError(f"{shown(text)} is not a URI")
    return text


def _channel(text: str) -> str:
    if CHANNEL.fullmatch(text) is None:
        raise ParseError(f"{shown(text)} is not the name of a channel")
    return text


def _platforms(platforms: Iterable[str]) -> str:
    words = tuple(platforms)
    if not words:
        raise ParseError("without a platform nothing could install what is built")
    for word in words:
        if PLATFORM.fullmatch(word) is None:
            raise ParseError(f"{shown(word)} is not a platform")
    return " ".join(words)
