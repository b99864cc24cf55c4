"""Package specs and dependency strings, as far as the stand-in's packages use them."""

import re
from dataclasses import dataclass

from demo.cave.errors import CaveError
from demo.cave.versions import split_name_and_version, version_key

SPEC = re.compile(
    r"(?P<operator>>=|<=|~>|=|>|<|~)?(?P<category>[^/\s]+)/(?P<rest>[^:\[\s]+)"
    r"(?::(?P<slot>[^:\[\s]+))?(?:::(?P<repository>[^\[\s]+))?(?P<brackets>(?:\[[^\]]*\])*)"
)
REQUIREMENT = re.compile(r"(>=|<=|~>|=|>|<|~)(.+)")


@dataclass(frozen=True, slots=True)
class Spec:
    """`None` and `*` match everything; `repository` `/` means installed, `x->` installed from x."""

    text: str
    category: str
    package: str
    versions: tuple[tuple[str, str], ...] = ()
    slot: str | None = None
    repository: str | None = None
    options: tuple[str, ...] = ()
    behaviour: str | None = None
    exact: bool = False

    def matches_name(self, name: str) -> bool:
        category, _, package = name.partition("/")
        return self.category in ("*", category) and self.package in ("*", package)

    def matches_version(self, version: str) -> bool:
        return all(_compare(operator, version, wanted) for operator, wanted in self.versions)


def parse_spec(text: str) -> Spec:
    """Raises CaveError when `text` is not a package spec."""
    match = SPEC.fullmatch(text)
    if match is None:
        raise _bad_spec(text)
    package, versions = match["rest"], list[tuple[str, str]]()
    if operator := match["operator"]:
        star = "*" if package.endswith("*") else ""
        try:
            package, version = split_name_and_version(package.removesuffix("*"))
        except ValueError as error:
            raise _bad_spec(text) from error
        versions.append((operator + star, version))
    slot = match["slot"]
    if slot in ("=", "*"):
        slot = None
    options, behaviour = list[str](), None
    for bracket in re.findall(r"\[([^\]]*)\]", match["brackets"]):
        if bracket.startswith(".behaviours<"):
            behaviour = bracket.removeprefix(".behaviours<")
        elif requirements := _version_requirements(bracket):
            versions.extend(requirements)
        else:
            options.append(bracket)
    return Spec(
        text,
        match["category"],
        package,
        tuple(versions),
        slot.removeprefix("=") if slot else None,
        match["repository"],
        tuple(options),
        behaviour,
        match["operator"] == "=",
    )


def _bad_spec(text: str) -> CaveError:
    return CaveError(f"Error parsing package dep spec '{text}'", "paludis::PackageDepSpecError")


def _version_requirements(bracket: str) -> list[tuple[str, str]]:
    found = []
    for part in bracket.split("&"):
        match = REQUIREMENT.fullmatch(part)
        if match is None:
            return []
        star = "*" if match[2].endswith("*") else ""
        found.append((match[1] + star, match[2].removesuffix("*")))
    return found


def _compare(operator: str, version: str, wanted: str) -> bool:
    left, right = version_key(version), version_key(wanted)
    if operator == "=*":
        return left[: len(right) - 1] == right[:-1]
    if operator == "~":
        return version.partition("-r")[0] == wanted.partition("-r")[0] and left >= right
    if operator == "~>":
        stem = wanted.rpartition(".")[0] or wanted
        return left >= right and _compare("=*", version, stem)
    return {
        "=": left == right,
        ">=": left >= right,
        "<=": left <= right,
        ">": left > right,
        "<": left < right,
    }[operator]


@dataclass(frozen=True, slots=True)
class Dependency:
    """One wish of a package: `labels` such as build, run, suggestion."""

    labels: frozenset[str]
    spec: Spec
    blocks: bool


def parse_dependencies(text: str, enabled: frozenset[str]) -> list[Dependency]:
    """Flatten a dependency string for these enabled options; of `||` the first is taken."""
    words = _without_annotations(text.split())
    found: list[Dependency] = []
    _walk(words, frozenset({"build", "run"}), enabled, found, taken=True)
    return found


def _walk(
    words: list[str],
    labels: frozenset[str],
    enabled: frozenset[str],
    found: list[Dependency],
    *,
    taken: bool,
) -> None:
    """Consume `words` up to the closing parenthesis; a group after `||` keeps its first wish."""
    here, first_only = taken, False
    while words:
        word = words.pop(0)
        if word == ")":
            return
        if word == "(":
            before = len(found)
            _walk(words, labels, enabled, found, taken=here)
            if first_only:
                del found[before + 1 :]
            here, first_only = taken, False
        elif word == "||":
            first_only = True
        elif word.endswith("?"):
            wanted = word[:-1].removeprefix("-")
            here = taken and ((wanted in enabled) is not word.startswith("-"))
        elif word.endswith(":"):
            labels = frozenset(word[:-1].split("+"))
        else:
            if here:
                found.append(Dependency(labels, parse_spec(word.lstrip("!")), word[0] == "!"))
            here = taken


def _without_annotations(words: list[str]) -> list[str]:
    kept, depth = [], 0
    for word in words:
        if word == "[[":
            depth += 1
        elif word == "]]":
            depth -= 1
        elif not depth:
            kept.append(word)
    return kept
