"""Versions, compared as Paludis compares them (FACTS 9).

A version is split into parts, each of a kind and a value. The kinds are ordered, and so are the
values within a kind, so the parts can be written down as one string that sorts the same way.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import zip_longest

from pbins.paludis.errors import ParseError, shown

MAX_LENGTH = 250
"""Characters; a longer version could not be part of a file name."""


# What a part of a version is, from low to high, each written as the character it sorts by.
ALPHA, BETA, PRE, RC, END, REVISION, PATCH, TRY, LETTER, FLOATLIKE, INTEGER, SCM = "0123456789ab"

Part = tuple[str, str]
"""A kind with its digits as written, its letter, or nothing."""

SUFFIXES = {"alpha": ALPHA, "beta": BETA, "pre": PRE, "rc": RC, "p": PATCH, "try": TRY}
SUFFIX = re.compile(r"(alpha|beta|pre|rc|p|try)([0-9]*)")
# Real repositories go beyond FACTS 9: 1.0.1_20151109, 0.12pre6, 0.0.20-alpha, 5.8.0-rc and 02.16B
# are Exherbo's. Paludis reads an underscore before a digit as a dot, a missing or other dash before
# a suffix as an underscore, and a capital letter as a small one.
SHAPE = re.compile(
    r"(?:scm"
    r"|(?P<numbers>[0-9]+(?:[._][0-9]+)*)"
    r"(?P<letter>(?:[A-Za-z](?![A-Za-z]))?)"
    r"(?P<suffixes>(?:(?:[_-]?(?:alpha|beta|rc)|_?pre|_?p)[0-9]*)*(?:-try[0-9]*)?)"
    r"(?P<scm>-scm)?)"
    r"(?P<revision>-r(?:[0-9]+(?:\.[0-9]+)*)?)?"
)

UNBOUNDED = "z"
"""Value of a bare suffix directly before `-scm`: larger than any number."""

FLOATLIKE_DIGITS = str.maketrans("0123456789", "bcdefghijk")
FLOATLIKE_END = "a"
VALUE_AS_IT_IS = LETTER + SCM + END


@dataclass(frozen=True, slots=True, eq=False)
class Version:
    """One version; equal, ordered and hashed as Paludis does it, so `1` equals `1-r0`.

    `sort_key` is at most 512 digits and small letters. Equal versions have equal keys, and keys
    ordered byte by byte (a database's C collation) order their versions.
    """

    text: str
    sort_key: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        key = "".join(map(_key, split_version(self.text)))
        object.__setattr__(self, "sort_key", key + END)

    def __str__(self) -> str:
        return self.text

    def __hash__(self) -> int:
        return hash(self.sort_key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and self.sort_key == other.sort_key

    def __lt__(self, other: "Version") -> bool:
        return self.sort_key < other.sort_key

    def __le__(self, other: "Version") -> bool:
        return self.sort_key <= other.sort_key

    def __gt__(self, other: "Version") -> bool:
        return self.sort_key > other.sort_key

    def __ge__(self, other: "Version") -> bool:
        return self.sort_key >= other.sort_key

    @property
    def is_scm(self) -> bool:
        """Whether it is built from a moving source: scm, 9999… or -r9999."""
        parts = split_version(self.text)
        revisions = [value.lstrip("0") for kind, value in parts if kind == REVISION]
        bare = self.without_revision.text
        return (
            any(kind == SCM for kind, _ in parts)
            or revisions[:1] == ["9999"]
            or (len(bare) >= 4 and not bare.strip("9"))
        )

    @property
    def without_revision(self) -> "Version":
        """The same version less its `-r…`."""
        revision = _match(self.text)["revision"] or ""
        return Version(self.text.removesuffix(revision))

    @property
    def series_end(self) -> "Version":
        """The first version that `~>` of this one refuses: 2 for 1.2, 1.3 for 1.2.3, 2 for 1."""
        written = _match(self.text)["numbers"]
        if written is None:
            return self
        numbers = written.replace("_", ".").split(".")
        series = numbers[:-1] or numbers
        last = str(int(series[-1]) + 1).zfill(len(series[-1]))
        return Version(".".join([*series[:-1], last]))

    def starts_with(self, prefix: "Version") -> bool:
        """Whether `=prefix*` accepts it: part by part, so 2.59 does not start with 2.5."""
        end = (END, "")
        wanted = split_version(prefix.text)
        own = split_version(self.text)[: len(wanted)]
        pairs = list(zip_longest(own, wanted, fillvalue=end))
        *_, (last, last_wanted) = pairs
        return all(_key(mine) == _key(theirs) for mine, theirs in pairs[:-1]) and (
            _key(last) == _key(last_wanted)
            or _continues(last, last_wanted, bare=not prefix.text[-1].isdigit())
        )


def split_version(text: str) -> list[Part]:
    """Split a version into its parts; revisions of 0 at the end say nothing and are left out."""
    match = _match(text)
    parts = list(_numbers(match["numbers"]))
    if match["letter"]:
        parts.append((LETTER, match["letter"].lower()))
    if match["suffixes"]:
        parts.extend((SUFFIXES[name], digits) for name, digits in SUFFIX.findall(match["suffixes"]))
    if match["scm"]:
        if not parts[-1][1]:
            parts[-1] = (parts[-1][0], UNBOUNDED)
        parts.append((SCM, ""))
    if match["revision"]:
        parts.extend(_revisions(match["revision"]))
    return parts


def _match(text: str) -> re.Match[str]:
    match = SHAPE.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is None:
        raise ParseError(f"{shown(text)} is not a version")
    return match


def _numbers(written: str | None) -> Iterator[Part]:
    if written is None:
        yield SCM, ""
        return
    first, *later = written.replace("_", ".").split(".")
    yield INTEGER, first
    for number in later:
        yield FLOATLIKE if number[0] == "0" else INTEGER, number


def _revisions(written: str) -> list[Part]:
    levels = written.removeprefix("-r").split(".")
    while levels and not levels[-1].strip("0"):
        levels.pop()
    return [(REVISION, level) for level in levels]


@lru_cache(maxsize=4096)
def _key(part: Part) -> str:
    """Write a part so that no key begins another: a number says first how long it is."""
    kind, value = part
    if kind == FLOATLIKE:
        return kind + value.rstrip("0").translate(FLOATLIKE_DIGITS) + FLOATLIKE_END
    if kind in VALUE_AS_IT_IS or value == UNBOUNDED:
        return kind + value
    digits = value.lstrip("0")
    length = str(len(digits))
    return f"{kind}{len(length)}{length}{digits}"


def _continues(part: Part, prefix: Part, *, bare: bool) -> bool:
    """Whether a last part may go on after the prefix: 1.01 after 1.0, 1_rc3 after a bare 1_rc."""
    kind, value = part
    if kind != prefix[0]:
        return False
    if kind == FLOATLIKE:
        return value.startswith(prefix[1])
    return bare and kind in (ALPHA, BETA, PRE, RC, PATCH)
