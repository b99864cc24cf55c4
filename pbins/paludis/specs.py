"""Package dep specs: how a package is asked for, `>=dev-libs/libfoo-1.2:2::arbor[doc]` (FACTS 4.2).

Operators write them on forms and in sets, exheres in DEPENDENCIES; a spec renders back to the text
it was read from.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from pbins.paludis.errors import ParseError, shown
from pbins.paludis.names import (
    CategoryName,
    OptionName,
    PackageId,
    PackageNamePart,
    QualifiedPackageName,
    RepositoryName,
    SlotName,
    split_package_version,
)
from pbins.paludis.versions import Version

MAX_LENGTH = 2000
"""Characters of one spec; far more than any name, slot and options take."""

OPERATOR = r"=|<=?|>=?|~>?"
SPEC = re.compile(
    rf"(?P<operator>{OPERATOR})?"
    r"(?P<category>[^/:\[\]]+)/(?P<package>[^/:\[\]]+)"
    r"(?::(?P<slot>[^:\[\]]+))?"
    r"(?:::(?P<repository>[^:\[\]]+))?"
    r"(?P<brackets>(?:\[[^\[\]]+\])*+)"
)
BRACKET = re.compile(r"\[([^\[\]]+)\]")
VERSION_BOUND = re.compile(rf"({OPERATOR})([^&|*]+)(\*?)")
OPTION = re.compile(
    r"(?P<sign>[-!?]?)"
    rf"(?P<name>{OptionName.shape.pattern}|[A-Za-z0-9_][A-Za-z0-9_+.@-]*:\*)"
    r"(?P<default>(?:\([+-]\))?)"
    r"(?P<condition>[?=]?)"
)
KEY = re.compile(r"\.(?P<key>[A-Za-z_-]+)(?P<operator>[=<>?])(?P<value>[A-Za-z0-9_+.:/@-]*)")


@dataclass(frozen=True, slots=True)
class VersionBound:
    """One comparison: `>=1.2`, `~1.2`, `~>1.2`, `=1.2*`."""

    operator: str
    version: Version
    star: bool = False

    def __str__(self) -> str:
        return f"{self.operator}{self.version}{'*' if self.star else ''}"

    def accepts(self, version: Version) -> bool:
        """Whether a version passes, by the rules of FACTS 9."""
        if self.star:
            return version.starts_with(self.version)
        if self.operator == "~":
            same = version.without_revision == self.version.without_revision
            return same and version >= self.version
        if self.operator == "~>":
            return self.version <= version < self.version.series_end
        return _COMPARISONS[self.operator](version.sort_key, self.version.sort_key)


_COMPARISONS = {
    "=": str.__eq__,
    "<": str.__lt__,
    "<=": str.__le__,
    ">": str.__gt__,
    ">=": str.__ge__,
}


@dataclass(frozen=True, slots=True)
class VersionRequirement:
    """`[>=1.2&<3]`: bounds that must all pass, or with `|` of which one must."""

    bounds: tuple[VersionBound, ...]
    any_of: bool = False

    def __str__(self) -> str:
        return f"[{('|' if self.any_of else '&').join(map(str, self.bounds))}]"

    def accepts(self, version: Version) -> bool:
        """Whether a version passes."""
        passes = (bound.accepts(version) for bound in self.bounds)
        return any(passes) if self.any_of else all(passes)


@dataclass(frozen=True, slots=True)
class OptionRequirement:
    """`[doc]`, `[-doc]`, `[doc?]`, `[?doc]`, `[python_abis:*(-)?]`.

    `default` is what to assume of a package without the option: `(+)`, `(-)` or nothing.
    `condition` is `?` (only if the dependant has it too), `=` (as the dependant) or nothing.
    """

    name: str
    sign: str = ""
    default: str = ""
    condition: str = ""

    def __str__(self) -> str:
        return f"[{self.sign}{self.name}{self.default}{self.condition}]"


@dataclass(frozen=True, slots=True)
class KeyRequirement:
    """`[.behaviours<binary]`: a condition on the package's metadata."""

    key: str
    operator: str
    value: str

    def __str__(self) -> str:
        return f"[.{self.key}{self.operator}{self.value}]"


Requirement = VersionRequirement | OptionRequirement | KeyRequirement


@dataclass(frozen=True, slots=True)
class SlotRequirement:
    """`:2` this slot, `:*` any slot, `:=` the slot it was built against, `:=2` and that was 2."""

    name: SlotName | None = None
    locked: bool = False

    def __str__(self) -> str:
        if self.locked:
            return f":={self.name or ''}"
        return f":{self.name or '*'}"

    @classmethod
    def parse(cls, text: str) -> "SlotRequirement":
        """Read what stands behind the colon."""
        if text == "*":
            return cls()
        locked = text.startswith("=")
        name = text.removeprefix("=") if locked else text
        return cls(SlotName(name) if name or not locked else None, locked)


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
        tuple(map(_requirement, BRACKET.findall(match["brackets"]))),
    )


def _package(text: str, operator: str | None) -> tuple[str, VersionBound | None]:
    """Only an operator in front announces a version behind."""
    if operator is None:
        return text, None
    star = operator == "=" and text.endswith("*")
    package, version = split_package_version(text.removesuffix("*") if star else text)
    return package, VersionBound(operator, version, star)


def _requirement(text: str) -> Requirement:
    if text[0] in "=<>~":
        return _version_requirement(text)
    if match := OPTION.fullmatch(text):
        return OptionRequirement(match["name"], match["sign"], match["default"], match["condition"])
    if match := KEY.fullmatch(text):
        return KeyRequirement(match["key"], match["operator"], match["value"])
    raise ParseError(f"[{shown(text)}] is neither a version nor an option of a package")


def _version_requirement(text: str) -> VersionRequirement:
    if "&" in text and "|" in text:
        raise ParseError(f"[{shown(text)}] mixes & and |")
    any_of = "|" in text
    return VersionRequirement(tuple(map(_bound, text.split("|" if any_of else "&"))), any_of)


def _bound(text: str) -> VersionBound:
    match = VERSION_BOUND.fullmatch(text)
    if match is None or (match[3] and match[1] != "="):
        raise ParseError(f"{shown(text)} is not a comparison with a version")
    return VersionBound(match[1], Version(match[2]), bool(match[3]))
