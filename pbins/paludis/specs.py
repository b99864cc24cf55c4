"""Package dep specs: how a package is asked for, `>=dev-libs/libfoo-1.2:2::arbor[doc]` (FACTS 4.2).

Operators write them on forms and in sets, exheres in DEPENDENCIES; a spec renders back to the text
it was read from.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from pbins.paludis.errors import ParseError, shown
from pbins.paludis.names import (
    CategoryName,
    PackageId,
    PackageNamePart,
    QualifiedPackageName,
    RepositoryName,
    split_package_version,
)
from pbins.paludis.requirements import (
    OPERATOR,
    OptionRequirement,
    Requirement,
    SlotRequirement,
    VersionBound,
    VersionRequirement,
    parse_requirement,
)
from pbins.paludis.versions import Version

MAX_LENGTH = 2000
"""Characters of one spec; far more than any name, slot and options take."""

SPEC = re.compile(
    rf"(?P<operator>{OPERATOR})?"
    r"(?P<category>[^/:\[\]]+)/(?P<package>[^/:\[\]]+)"
    r"(?::(?P<slot>[^:\[\]]+))?"
    r"(?:::(?P<repository>[^:\[\]]+))?"
    r"(?P<brackets>(?:\[[^\[\]]+\])*+)"
)
BRACKET = re.compile(r"\[([^\[\]]+)\]")


@dataclass(frozen=True, slots=True)
class PackageSpec:
    """A package, and what is asked of its version, slot, repository and options.

    `category` and `package` may be `*` in a dependency, never in what an operator types.
    """

    category: str
    package: str
    bound: VersionBound | None = None
    slot: SlotRequirement | None = None
    repository: RepositoryName | None = None
    requirements: tuple[Requirement, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "PackageSpec":
        """Read what an operator types: the whole name of a package, no wildcard."""
        spec = parse_spec(text)
        if spec.name is None:
            raise ParseError(f"{shown(text)} names no package: write its category and its name")
        return spec

    @property
    def name(self) -> QualifiedPackageName | None:
        """`cat/pkg`, or None if either is a wildcard."""
        if "*" in (self.category, self.package):
            return None
        return QualifiedPackageName(f"{self.category}/{self.package}")

    def __str__(self) -> str:
        bound = self.bound
        version = "" if bound is None else f"-{bound.version}{'*' if bound.star else ''}"
        return "".join(
            (
                "" if bound is None else bound.operator,
                f"{self.category}/{self.package}{version}",
                "" if self.slot is None else str(self.slot),
                "" if self.repository is None else f"::{self.repository}",
                *map(str, self.requirements),
            )
        )

    def matches(self, package_id: PackageId) -> bool:
        """Whether an id is asked for. Options and keys, which an id doesn't show, are not asked."""
        return (
            self.category in ("*", package_id.name.category)
            and self.package in ("*", package_id.name.package)
            and self.accepts(package_id.version)
            and (self.slot is None or self.slot.name in (None, package_id.slot))
            and self.repository in (None, package_id.repository)
        )

    def accepts(self, version: Version) -> bool:
        """Whether a version passes every bound."""
        brackets = (one for one in self.requirements if isinstance(one, VersionRequirement))
        return (self.bound is None or self.bound.accepts(version)) and all(
            one.accepts(version) for one in brackets
        )

    def fits(self, version: Version, slot: str) -> bool:
        """Whether a version in a slot will do, whichever repository it is from.

        A need of ::arbor is met by the binary that was made of it.
        """
        wanted = None if self.slot is None else self.slot.name
        return wanted in (None, slot) and self.accepts(version)

    def accepts_options(self, theirs: Mapping[str, bool], mine: Mapping[str, bool]) -> bool:
        """Whether a package with options ``theirs`` will do for a dependant with ``mine``."""
        asked = (one for one in self.requirements if isinstance(one, OptionRequirement))
        return all(one.accepts(theirs, mine) for one in asked)

    @property
    def asks_options(self) -> bool:
        """Whether it matters which options are on."""
        return any(isinstance(one, OptionRequirement) for one in self.requirements)


@lru_cache(maxsize=4096)
def parse_spec(text: str) -> PackageSpec:
    """Read a spec as a dependency may hold it: `*/libfoo`, `dev-libs/*` and `*/*` are allowed."""
    match = SPEC.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is None:
        raise ParseError(f"{shown(text)} is not a package: write category/name")
    package, bound = _package(match["package"], match["operator"])
    slot, repository = match["slot"], match["repository"]
    return PackageSpec(
        match["category"] if match["category"] == "*" else CategoryName(match["category"]),
        package if package == "*" else PackageNamePart(package),
        bound,
        None if slot is None else SlotRequirement.parse(slot),
        None if repository is None else RepositoryName(repository),
        tuple(map(parse_requirement, BRACKET.findall(match["brackets"]))),
    )


def _package(text: str, operator: str | None) -> tuple[str, VersionBound | None]:
    """Only an operator in front announces a version behind."""
    if operator is None:
        return text, None
    star = operator == "=" and text.endswith("*")
    package, version = split_package_version(text.removesuffix("*") if star else text)
    return package, VersionBound(operator, version, star)
