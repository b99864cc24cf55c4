"""What a package dep spec asks for beside the name: versions, slots, options, metadata."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pbins.paludis.errors import ParseError, shown
from pbins.paludis.names import OptionName, SlotName
from pbins.paludis.versions import Version

OPERATOR = r"=|<=?|>=?|~>?"
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

    def accepts(self, theirs: Mapping[str, bool], mine: Mapping[str, bool]) -> bool:
        """Whether a package with options ``theirs`` will do for a dependant with ``mine``.

        An option that the package lacks counts as ``default`` says, and as off without one. With
        ``prefix:*`` every option of the dependant that begins so is asked for.
        """
        if self.sign not in ("", "-"):
            return True
        if not self.name.endswith(":*"):
            return self._accepts(self.name, theirs, mine)
        names = (name for name in mine if name.startswith(self.name[:-1]))
        return all(self._accepts(name, theirs, mine) for name in names)

    def _accepts(self, name: str, theirs: Mapping[str, bool], mine: Mapping[str, bool]) -> bool:
        has, wants = theirs.get(name, self.default == "(+)"), self.sign == ""
        if self.condition == "=":
            return has == mine.get(name, False)
        if self.condition == "?" and not mine.get(name, False):
            return True
        return has == wants


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


def parse_requirement(text: str) -> Requirement:
    """Read what stands in one pair of square brackets."""
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
