"""Which options of a package are on, and how that is shown."""

from demo.cave.configuration import Configuration
from demo.cave.options import (
    BUILD_OPTION_DESCRIPTIONS,
    BUILD_OPTIONS,
    KNOWN_GROUPS,
    PBIN_BUILD_OPTION_NAMES,
    PBIN_BUILD_OPTIONS,
    Option,
)
from demo.cave.packages import Package


def enabled_options(configuration: Configuration, package: Package) -> frozenset[str]:
    """A pbin's and an installed package's are locked; a source's come from options.conf."""
    if package.kind != "source":
        return package.recorded_options
    states = _configured(configuration, package)
    return frozenset(each.full for each in package.options if states.get(each.full))


def undecided_options(configuration: Configuration, package: Package) -> list[str]:
    """Options of a group that the profile does not know and nobody configured."""
    states = _configured(configuration, package)
    return [
        each.full
        for each in package.options
        if package.kind == "source"
        and each.group
        and each.group not in KNOWN_GROUPS
        and each.full not in states
    ]


def _configured(configuration: Configuration, package: Package) -> dict[str, bool]:
    states: dict[str, bool] = {}
    for line in configuration.option_lines:
        if package.matches(line.spec):
            states |= line.states
    return states


def unmet_requirements(enabled: frozenset[str], requirements: tuple[str, ...]) -> list[str]:
    return [each for each in requirements if (each.lstrip("-") in enabled) is each.startswith("-")]


def render_options(package: Package, enabled: frozenset[str]) -> str:
    """The line under a package of the plan: `bar -baz LINGUAS: -de en build_options: …`."""
    locked = package.kind == "binary"
    words = []
    for group, options in grouped(package.options).items():
        if group and group not in KNOWN_GROUPS and package.kind == "source":
            continue
        words += [f"{group.upper()}:"] if group else []
        for option in options:
            word = option.name if option.full in enabled else f"-{option.name}"
            words.append(f"({word})" if locked else word)
    words.append(f"build_options: {PBIN_BUILD_OPTIONS if locked else BUILD_OPTIONS}")
    return " ".join(words)


def grouped(options: tuple[Option, ...]) -> dict[str, list[Option]]:
    """By group, the ungrouped first; names sorted."""
    groups: dict[str, list[Option]] = {}
    for option in sorted(options, key=lambda each: (each.group, each.name)):
        groups.setdefault(option.group, []).append(option)
    return groups


def render_descriptions(packages: list[Package]) -> str:
    """The legend at the end of a plan; empty without packages."""
    if not packages:
        return ""
    sources = [each for each in packages if each.kind == "source"]
    names = BUILD_OPTION_DESCRIPTIONS if sources else PBIN_BUILD_OPTION_NAMES
    sections = [("Build Options", {name: BUILD_OPTION_DESCRIPTIONS[name] for name in names})]
    every = tuple({each for package in packages for each in package.options})
    for group, options in grouped(every).items():
        if not group or group in KNOWN_GROUPS:
            described = {each.name: each.description for each in options if each.description}
            named = {each.name: described.get(each.name, "") for each in options}
            sections.append((group or "OPTIONS", named))
    return "".join(
        f"{title}:\n"
        + "".join(f"    {f'{name}:':<31}{text}\n" for name, text in lines.items())
        + "\n"
        for title, lines in sections
    )
