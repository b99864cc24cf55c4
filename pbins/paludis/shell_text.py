"""Shell text that is nothing but `NAME="value"` lines, read as bash would, without a shell.

Paludis writes pbins that way and escapes a backslash, a double quote and a dollar sign; it forgets
the backtick (FACTS 1.2).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pbins.paludis.errors import ParseError, shown

MAX_LENGTH = 2_000_000
"""Characters; the largest real pbins have some ten thousand."""

IDLE_LINES = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)++|[ \t]*(?:#[^\n]*)?\Z")
ASSIGNMENT = re.compile(
    r'[ \t]*([A-Za-z_][A-Za-z0-9_]*)="([^"\\]*+(?:\\.[^"\\]*+)*+)"[ \t]*(\r?)(?:\n|\Z)', re.DOTALL
)

ESCAPE = re.compile(r'\\([\\"$`\n])')
ACTIVE = re.compile(r"\\.|(?P<backtick>`)|\$(?P<dollar>[({\[A-Za-z0-9_*@#?!$-])", re.DOTALL)
# Bash drops NUL, and marks its own work with \x01 and \x7f; none of them belongs into a text.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

# Names that bash, the loader or Paludis obey: to assign one is to run code by another way, and
# some (SECONDS) evaluate what they are given.
OBEYED = re.compile(
    r"BASH.*|COMP_.*|COMPREPLY|COPROC|DIRSTACK|EPOCH.*|EUID|FUNCNAME|FUNCNEST|GROUPS|HIST.*|IFS"
    r"|LINENO|MAILCHECK|OPT(?:ARG|ERR|IND)|PIPESTATUS|POSIXLY_CORRECT|PPID|PROMPT_COMMAND|PS[0-4]"
    r"|RANDOM|READLINE_.*|REPLY|SECONDS|SHELL|SHELLOPTS|SHLVL|SRANDOM|TIMEFORMAT|TMOUT|UID"
    r"|CDPATH|ENV|EXECIGNORE|GLOBIGNORE|GLOBSORT|HOME|INPUTRC|OLDPWD|PATH|PWD|ROOT|TMPDIR|_"
    r"|GCONV_PATH|LANG|LANGUAGE|LC_.*|LD_.*|PALUDIS.*|SANDBOX.*|SYDBOX.*|TZ"
)


@dataclass(frozen=True, slots=True)
class Assignment:
    """One `NAME="value"`; `raw` is what stands between the quotes, `line` where it begins."""

    name: str
    raw: str
    line: int
    ends_with_cr: bool = False

    @property
    def value(self) -> str:
        """The text that bash assigns, were it not for what a verdict names."""
        if "\\" not in self.raw:
            return self.raw
        return ESCAPE.sub(_unescaped, self.raw)


@dataclass(frozen=True, slots=True)
class Stray:
    """A line, or an assignment that never ends, that is no `NAME="value"`."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What a shell would do with a line besides assigning a text; `line` counts from 1."""

    line: int
    reason: str


def read_assignments(text: str) -> Iterator[Assignment | Stray]:
    """Read a file from the top, going on behind what is no assignment. Linear in its length."""
    if len(text) > MAX_LENGTH:
        raise ParseError(f"a file of {len(text)} characters is too long")
    at, line = 0, 1
    while at < len(text):
        if match := ASSIGNMENT.match(text, at):
            yield Assignment(match[1], match[2], line, ends_with_cr=bool(match[3]))
            end = match.end()
        elif match := IDLE_LINES.match(text, at):
            end = match.end()
        else:
            end = text.find("\n", at) + 1 or len(text)
            yield Stray(text[at:end], line)
        line += text.count("\n", at, end)
        at = end


def find_problems(text: str) -> Iterator[Problem]:
    """Say all that a shell would do with a file besides assigning texts to harmless names."""
    if match := CONTROL.search(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Problem(line, f"holds the control character {match[0]!r}")
    for part in read_assignments(text):
        if isinstance(part, Stray):
            reason = f"is no assignment, a shell would run it: {shown(part.text.strip())}"
            yield Problem(part.line, reason)
        else:
            yield from (Problem(part.line, reason) for reason in _effects(part))


def _effects(assignment: Assignment) -> Iterator[str]:
    name = assignment.name
    if OBEYED.fullmatch(name):
        yield f"{name} is a name that programs obey"
    if assignment.ends_with_cr:
        yield f"{name} ends with a carriage return, a shell would keep it"
    active = next((match for match in ACTIVE.finditer(assignment.raw) if match.lastgroup), None)
    if active is not None:
        runs = active["backtick"] or active["dollar"] == "("
        effect = "run a command" if runs else "be filled from a variable"
        start = active.start()
        yield f"{name} would {effect}: {shown(assignment.raw[start : start + 100])}"


def _unescaped(match: re.Match[str]) -> str:
    return "" if match[1] == "\n" else match[1]
