"""The sh text that does our work on a host, with nothing there but POSIX tools.

`head -c` is the one exception; GNU, busybox and the BSDs all have it.
"""

import shlex
from collections.abc import Sequence

from .prelude import MARK

MISSING = 44
"""Exit status of the texts below when the file is not there; no tool used in them exits so."""

# Inside single quotes csh still looks for `!` and the end of line, fish for backslashes; and how
# to write a single quote differs. Sent as octal, every login shell hands them on unharmed.
_NOT_FOR_LOGIN_SHELLS = {ord(c): f"\\0{ord(c):03o}" for c in "\\!'\n\r"}


def quote(argv: Sequence[str]) -> str:
    """One command's words as sh text."""
    return shlex.join(argv)


def login_command(command: str, *, sudo: bool) -> str:
    """What to hand to a user's login shell, whichever that is, to run sh text as root.

    The outer sh stays, since it turns death by a signal into an exit status that SSH reports. It
    marks where both streams begin to be ours.
    """
    if "\0" in command:
        raise ValueError("a command can't hold a NUL")
    shell = "sudo -n -H -- sh -c" if sudo else "sh -c"
    sent = command.translate(_NOT_FOR_LOGIN_SHELLS)
    mark = f'echo "{MARK.decode().strip()}"'
    return f"""sh -c '{mark}; {mark} >&2; {shell} "$(printf %b "$1")"; exit $?' sh '{sent}'"""


def read_from(path: str, offset: int) -> str:
    """sh text that prints a file from `offset` on; `tail` seeks, so a large one costs nothing."""
    name = _absolute(path)
    return f"[ -f {name} ] || exit {MISSING}; exec < {name} && tail -c +{offset + 1}"


def read_part(path: str, offset: int, limit: int) -> str:
    """sh text that prints at most `limit` bytes of a file."""
    return f"{read_from(path, offset)} | head -c {limit}"


def replace_file(path: str, *, size: int, mode: int, suffix: str) -> str:
    """sh text that puts its standard input into a file in one step.

    The size is checked, because a cut connection looks like the end of the input. The temporary
    is a dot file: programs that read whole configuration directories pass over those.
    """
    directory, _, base = path.rpartition("/")
    return (
        f"name={_absolute(path)}; new={_absolute(f'{directory}/.{base}.{suffix}')}\n"
        '[ ! -d "$name" ] || { echo "is a directory" >&2; exit 1; }\n'
        "umask 077; set -C; trap 'rm -f \"$new\"' EXIT\n"
        'cat > "$new" || exit 1\n'
        f'[ "$(wc -c < "$new")" -eq {size} ] || {{ echo "cut short" >&2; exit 1; }}\n'
        f'chmod {mode:o} "$new" && mv -f "$new" "$name"'
    )


def _absolute(path: str) -> str:
    """A path quoted for sh. As root or through sudo "here" is another directory: never relative."""
    if not path.startswith("/") or "\0" in path:
        raise ValueError(f"not an absolute path: {path!r}")
    return shlex.quote(path)
