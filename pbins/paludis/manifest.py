"""Manifests: sizes and hashes of what belongs to a package (FACTS 2.4)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pbins.paludis.errors import ParseError, shown

HASH_LENGTHS = {
    "MD5": 32,
    "RMD160": 40,
    "SHA1": 40,
    "SHA256": 64,
    "SHA512": 128,
    "WHIRLPOOL": 128,
}
"""What Paludis 3.0.1 can check, and the length in hexadecimal digits."""

TYPE = re.compile(r"[A-Z][A-Z0-9]*")
NAME = re.compile(r"(?!\.{1,2}(?:/|\Z))[^\s/\x00-\x1f]+")
PATH = re.compile(rf"{NAME.pattern}(?:/{NAME.pattern})*")
SIZE = re.compile(r"[0-9]{1,18}")
HASH_NAME = re.compile(r"[A-Z][A-Z0-9_-]*")
DIGEST = re.compile(r"[0-9A-Fa-f]+")


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One line. `size` is in bytes, `hashes` map `SHA256` and the like to small hex digits.

    `type` is DIST for a tarball; Paludis ignores PBIN, so pbins themselves are never checked.
    """

    type: str
    name: str
    size: int
    hashes: Mapping[str, str]

    def differences(self, size: int, hashes: Mapping[str, str]) -> tuple[str, ...]:
        """What is wrong with a file of this size and these hashes, as Paludis would judge it."""
        if size != self.size:
            return (f"{self.name} has {size} bytes, not {self.size}",)
        comparable = [name for name in self.hashes if name in HASH_LENGTHS and name in hashes]
        if not comparable:
            return (f"{self.name} has no hash in its Manifest that can be compared",)
        wrong = (name for name in comparable if self.hashes[name] != hashes[name].lower())
        return tuple(f"{self.name} has another {name}" for name in wrong)


def parse_manifest(text: str) -> tuple[ManifestEntry, ...]:
    """Read every line; ParseError, with the line, at the first that is malformed."""
    entries: list[ManifestEntry] = []
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.split()
        if words:
            entries.append(_entry(words, number))
    return tuple(entries)


def render_manifest(entries: Iterable[ManifestEntry]) -> str:
    """Write entries by type and name, hashes by name: the same entries are always the same text."""
    ordered = sorted(entries, key=lambda entry: (entry.type, entry.name, entry.size))
    return "".join(map(_line, ordered))


def _line(entry: ManifestEntry) -> str:
    hashes = "".join(f" {name} {digest}" for name, digest in sorted(entry.hashes.items()))
    return f"{entry.type} {entry.name} {entry.size}{hashes}\n"


def _entry(words: list[str], number: int) -> ManifestEntry:
    if len(words) < 3 or len(words) % 2 == 0:
        raise ParseError("is not a type, a name, a size and pairs of hashes", number)
    kind, name, size, *pairs = words
    if TYPE.fullmatch(kind) is None:
        raise ParseError(f"{shown(kind)} is not a type of a Manifest", number)
    # Only AUX files lie in directories; any other name becomes one path component somewhere.
    if (PATH if kind == "AUX" else NAME).fullmatch(name) is None:
        raise ParseError(f"{shown(name)} is not the name of a file", number)
    if SIZE.fullmatch(size) is None:
        raise ParseError(f"{shown(size)} is not a size in bytes", number)
    return ManifestEntry(kind, name, int(size), _hashes(pairs, number))


def _hashes(pairs: list[str], number: int) -> dict[str, str]:
    hashes: dict[str, str] = {}
    for name, digest in zip(pairs[::2], pairs[1::2], strict=True):
        length = HASH_LENGTHS.get(name, len(digest))
        if HASH_NAME.fullmatch(name) is None or name in hashes:
            raise ParseError(f"{shown(name)} is not the name of a hash, or comes twice", number)
        if DIGEST.fullmatch(digest) is None or len(digest) != length:
            raise ParseError(f"{shown(digest)} is not a {name}", number)
        hashes[name] = digest.lower()
    return hashes
