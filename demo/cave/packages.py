"""Package ids of the three kinds there are: source descriptions, pbins, installed records."""

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from demo.cave.options import Option, parse_options
from demo.cave.specs import Dependency, Spec, parse_dependencies
from demo.cave.versions import version_key

SOURCE_SUFFIX = ".conf"
PBIN_SUFFIX = ".pbin-1+exheres-0"
ASSIGNMENT = re.compile(r'^([A-Z_]+)="((?:[^"\\]|\\.)*)"$', re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Package:
    """One version in one repository; `path` is its file, or the directory of an installed one."""

    category: str
    package: str
    version: str
    repository: str
    path: Path
    kind: str  # source, binary or installed

    @property
    def name(self) -> str:
        return f"{self.category}/{self.package}"

    @property
    def slot(self) -> str:
        return self.keys.get("SLOT", "0")

    @property
    def full(self) -> str:
        return f"{self.name}-{self.version}:{self.slot}::{self.repository}"

    @property
    def without_slot(self) -> str:
        return f"{self.name}-{self.version}::{self.repository}"

    @property
    def spec(self) -> str:
        return f"={self.full}"

    @property
    def order(self) -> tuple[str, tuple[tuple[int, int, str], ...]]:
        return self.name, version_key(self.version)

    @cached_property
    def keys(self) -> dict[str, str]:
        if self.kind == "binary":
            return read_assignments(self.path.read_text(encoding="utf-8"))
        path = self.path / "keys" if self.kind == "installed" else self.path
        return read_description(path.read_text(encoding="utf-8"))

    @cached_property
    def options(self) -> tuple[Option, ...]:
        return parse_options(self.keys.get("MYOPTIONS", ""))

    @property
    def recorded_options(self) -> frozenset[str]:
        """What a pbin or an installed package was made with."""
        return frozenset(self.keys.get("OPTIONS", "").split())

    @property
    def platforms(self) -> list[str]:
        key = "BINARY_PLATFORMS" if self.kind == "binary" else "PLATFORMS"
        return self.keys.get(key, "").split()

    def dependencies(self, enabled: frozenset[str]) -> list[Dependency]:
        return parse_dependencies(self.keys.get("DEPENDENCIES", ""), enabled)

    def matches(self, spec: Spec) -> bool:
        """Everything but option requirements, which a choice of options may still meet."""
        return (
            spec.matches_name(self.name)
            and self._matches_repository(spec.repository)
            and spec.matches_version(self.version)
            and spec.slot in (None, self.slot)
            and (spec.behaviour is None or (spec.behaviour == "binary") == (self.kind == "binary"))
        )

    def _matches_repository(self, wanted: str | None) -> bool:
        if wanted is None:
            return True
        if wanted == "/":
            return self.kind == "installed"
        if wanted.endswith("->"):
            came_from = self.keys.get("REPOSITORIES", "").split()
            return self.kind == "installed" and wanted[:-2] in came_from
        return wanted == self.repository


def read_description(text: str) -> dict[str, str]:
    """`key = value` lines, keys in upper case; `\\n` in a value is a line break."""
    keys = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            keys[key.strip().upper()] = value.strip().replace("\\n", "\n")
    return keys


def read_assignments(text: str) -> dict[str, str]:
    """A pbin's `KEY="value"` lines (FACTS 1.2)."""
    return {match[1]: re.sub(r'\\([\\"$])', r"\1", match[2]) for match in ASSIGNMENT.finditer(text)}
