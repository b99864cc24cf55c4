"""`cave show`: a package for people (transcript 21)."""

import sys
import time

from demo.cave.arguments import Known, parse_arguments
from demo.cave.choices import enabled_options, grouped
from demo.cave.configuration import Configuration, read_configuration
from demo.cave.errors import nothing_matching
from demo.cave.host import Host
from demo.cave.options import BUILD_OPTION_DESCRIPTIONS, Option
from demo.cave.packages import Package
from demo.cave.sets import set_specs
from demo.cave.specs import parse_spec

WORK_VALUES = (
    ("leave:", "Do not remove, but allow destructive merges"),
    ("preserve:", "Preserve the working directory"),
    ("remove:", "Always remove the working directory"),
    ("tidyup:", "Tidy up work directory after a successful build"),
)
FIELDS = (("HOMEPAGE", "Homepage"), ("SUMMARY", "Summary"), ("DESCRIPTION", "Description"))


def run(host: Host, program: str, words: list[str]) -> int:
    options = (
        Known("complex-keys", "c"),
        Known("internal-keys", "i"),
        Known("type", "t", valued=True),
    )
    targets = parse_arguments(words, options).targets
    configuration = read_configuration(host.root, program)
    for target in targets:
        found = [each for each in configuration.packages() if each.matches(parse_spec(target))]
        if not found:
            raise nothing_matching(target)
        sys.stdout.write(_render(configuration, target, found))
    return 0


def _render(configuration: Configuration, target: str, found: list[Package]) -> str:
    best = found[-1]
    lines = [f"* {target}"]
    for repository in configuration.repositories:
        versions = [each for each in found if each.repository == repository.name]
        if versions:
            shown = " ".join(_version(each, each == best) for each in versions)
            lines.append(_field(f"::{repository.name}", f"{shown} {{:{versions[-1].slot}}}"))
    in_world = any(map(best.matches, set_specs(configuration, "world")))
    lines.append(f"    {best.full}{' (world)' if in_world else ''}")
    for key, title in FIELDS:
        if value := best.keys.get(key):
            lines.append(_field(title, value))
    if best.kind == "binary":
        lines += _generated(best)
    lines += [_field("Options", ""), *_options(configuration, best)]
    lines += _overridden(best)
    return "\n".join(lines) + "\n\n"


def _version(package: Package, best: bool) -> str:
    testing = all(each.startswith("~") for each in package.platforms)
    return f"{package.version}{'(~)' if testing else ''}{'*' if best else ''}"


def _field(title: str, value: str, indent: int = 4) -> str:
    return f"{' ' * indent}{title:<{30 - indent}}{value}"


def _generated(package: Package) -> list[str]:
    when = time.gmtime(int(package.keys["GENERATED_TIME"]))
    return [
        _field("Generated from", package.keys["GENERATED_FROM_REPOSITORY"]),
        _field("Generated time", time.strftime("%a %b %e %H:%M:%S UTC %Y", when)),
        _field("Generated using", package.keys["GENERATED_USING"]),
    ]


def _options(configuration: Configuration, package: Package) -> list[str]:
    locked, lines = package.kind == "binary", list[str]()
    enabled = enabled_options(configuration, package)
    for group, options in grouped(package.options).items():
        lines.append(_field(group or "OPTIONS", "", 8))
        lines += [_option(each, on=each.full in enabled, locked=locked) for each in options]
    lines.append(_field("Build Options", "", 8))
    tests = "(-recommended_tests)" if locked else "recommended_tests"
    lines += [
        f"            {tests} {BUILD_OPTION_DESCRIPTIONS['recommended_tests']}",
        _field("-trace", BUILD_OPTION_DESCRIPTIONS["trace"], 12),
        _field("work=tidyup", BUILD_OPTION_DESCRIPTIONS["work"], 12),
        _field("", "Permitted values:"),
        *(f"{' ' * 34}{value:<11}{meaning}" for value, meaning in WORK_VALUES),
    ]
    return lines


def _option(option: Option, *, on: bool, locked: bool) -> str:
    word = option.name if on else f"-{option.name}"
    return _field(f"({word})" if locked else word, option.description, 12)


def _overridden(package: Package) -> list[str]:
    if not all(each.startswith("~") for each in package.platforms):
        return []
    title = "Binary platforms" if package.kind == "binary" else "Platforms"
    return ["        Overridden Masks", _field(title, " ".join(package.platforms), 12)]
