"""PBIN/environment: the build's shell, which every tarball makes public (FACTS 0.2).

Looked through for what was never meant to leave the builder, by name and by value.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

NAMES = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|PASSCODE|SECRETS?|TOKENS?|API_?KEY|AUTH_?KEY"
    r"|ACCESS_?KEY(?:_ID)?|PRIVATE_?KEY|SIGNING_?KEY|CREDENTIALS?)(?:$|_)"
    r"|^(?:SSH|AWS|AZURE|GCP|VAULT)_",
    re.IGNORECASE,
)
VALUES = (
    re.compile(r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY"),
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    re.compile(r"\b(?:gh[opsru]_[A-Za-z0-9]{36}|github_pat_\w{22,})"),
    re.compile(r"\bglpat-[\w-]{20}"),
    re.compile(r"\bxox[abeoprs]-[0-9A-Za-z-]{10}"),
    re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10}"),
    re.compile(r"://[^\s/:@'\"]+:[^\s/:@'\"]+@"),
)
ASSIGNMENT = re.compile(r"(?:(?:declare|export|typeset)(?: -\w+)* )?([A-Za-z_]\w*)=(.*)")
FUNCTION = re.compile(r"(?:function )?[^\s=]+ ?\(\)\s*\{?\s*")
EMPTY = frozenset({"", "()"})
SHORTEST_HINT = 12
"""Characters; of a shorter value not even the beginning is told."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A variable that looks like a secret; ``masked`` is as much of its value as may be shown."""

    name: str
    masked: str

    def __str__(self) -> str:
        return f"{self.name}={self.masked}"


def find_suspects(environment: bytes) -> tuple[Suspect, ...]:
    """Each variable once, in the order of the file. What functions say is the package's own."""
    found: dict[str, Suspect] = {}
    for name, value in _assignments(environment.decode("utf-8", "replace")):
        is_one = NAMES.search(name) or any(pattern.search(value) for pattern in VALUES)
        if is_one and name not in found:
            found[name] = Suspect(name, _masked(value))
    return tuple(found.values())


def _assignments(text: str) -> Iterator[tuple[str, str]]:
    """Name and value as bash `set` and `declare -p` write them, without empty ones."""
    in_function = False
    for line in text.splitlines():
        if in_function:
            in_function = not line.startswith("}")
            continue
        match = ASSIGNMENT.fullmatch(line)
        if match is None:
            in_function = FUNCTION.fullmatch(line) is not None
            continue
        value = _unquoted(match[2])
        if value not in EMPTY:
            yield match[1], value


def _unquoted(value: str) -> str:
    return value.strip().removeprefix("$").strip("'\"")


def _masked(value: str) -> str:
    beginning = value[:2] if len(value) >= SHORTEST_HINT else ""
    return f"{beginning}… ({len(value)} characters)"
