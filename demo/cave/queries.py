"""The plain `print-…` commands (FACTS 4.8)."""

import sys

from demo.cave.arguments import Known, parse_arguments
from demo.cave.choices import enabled_options
from demo.cave.configuration import Configuration, read_configuration
from demo.cave.errors import CaveError, UsageError, nothing_matching
from demo.cave.host import Host
from demo.cave.manifest import tarball_of
from demo.cave.packages import Package
from demo.cave.sets import is_set, set_names, set_specs
from demo.cave.specs import parse_spec

PROTOCOLS = ("dummy", "file", "git", "git+file", "git+http", "git+https", "git+ssh")
ID_OPTIONS = (
    Known("matching", "m", valued=True),
    Known("supporting", "s", valued=True),
    Known("masks", "M", valued=True),
    Known("format", "f", valued=True),
)
METADATA_OPTIONS = (
    Known("all"),
    Known("best"),
    Known("raw-name", valued=True),
    Known("format", "f", valued=True),
)
METADATA_ORDER = (
    "DEPENDENCIES",
    "SLOT",
    "BINARY_URI",
    "HOMEPAGE",
    "LICENCES",
    "SUMMARY",
    "DESCRIPTION",
    "BINARY_PLATFORMS",
    "PLATFORMS",
    "INHERITED",
    "DEFINED_PHASES",
    "MYOPTIONS",
    "OPTIONS",
    "GENERATED_FROM_REPOSITORY",
    "GENERATED_TIME",
    "GENERATED_USING",
    "REMOTE_IDS",
    "REPOSITORIES",
    "EAPI",
)
REPEATED_IN_A_TREE = ("DEPENDENCIES", "MYOPTIONS")


def print_ids(host: Host, program: str, words: list[str]) -> int:
    arguments = parse_arguments(words, ID_OPTIONS)
    configuration = read_configuration(host.root, program)
    specs = [parse_spec(text) for text in arguments.all("matching")]
    context = " and ".join(arguments.all("matching"))
    template = arguments.get("format", "%u\\n")
    packages = _all_packages(configuration, context)
    shown = [
        each
        for each in packages
        if all(map(each.matches, specs)) and _supports(each, arguments.all("supporting"))
    ]
    if "none" in arguments.all("masks"):
        shown = [each for each in shown if not configuration.is_masked(each)]
    _write("".join(_format(template, _id_values(each)) for each in shown))
    return 0


def _all_packages(configuration: Configuration, matching: str) -> list[Package]:
    try:
        return configuration.packages()
    except CaveError as error:
        where = (
            "When finding all versions sorted from all packages intersected with "
            f"packages matching {matching} with filter all matches"
        )
        raise CaveError(error.message, error.kind, (where, *error.context)) from error


def _supports(package: Package, actions: list[str]) -> bool:
    able = {"config", "info", "uninstall"} if package.kind == "installed" else {"fetch", "install"}
    return set(actions) <= able


def _id_values(package: Package) -> dict[str, str]:
    name, version = package.name, package.version
    return {
        "c": package.category,
        "p": package.package,
        "v": version,
        "s": package.slot,
        "S": f":{package.slot}",
        "r": package.repository,
        "F": package.full,
        "u": package.spec,
        "V": version.partition("-r")[0],
        "W": name,
        "N": package.without_slot,
        "I": "installed" if package.kind == "installed" else " ",
        "i": "installed" if package.kind == "installed" else " ",
    }


def _format(template: str, values: dict[str, str]) -> str:
    text, letters = "", iter(template.replace("\\n", "\n").replace("\\t", "\t"))
    for letter in letters:
        text += values.get(next(letters, ""), "") if letter == "%" else letter
    return text


def print_id_metadata(host: Host, program: str, words: list[str]) -> int:
    arguments = parse_arguments(words, METADATA_OPTIONS)
    configuration = read_configuration(host.root, program)
    text = _only(arguments.targets)
    found = [each for each in configuration.packages() if each.matches(parse_spec(text))]
    if not found:
        raise nothing_matching(text)
    if len(found) > 1 and not (arguments.has("all") or arguments.has("best")):
        raise CaveError(
            f"Query '{text}' is ambiguous: {', '.join(each.full for each in found)}",
            "paludis::cave::BeMoreSpecific",
        )
    wanted = arguments.all("raw-name")
    template = arguments.get("format", "%r=%v\\n")
    for package in found if arguments.has("all") else found[-1:]:
        for name, value in _metadata(configuration, package).items():
            if not wanted or name in wanted:
                _write(_format(template, {"r": name, "v": value, "h": name}))
    return 0


def _metadata(configuration: Configuration, package: Package) -> dict[str, str]:
    """In cave's order; trees are wrapped once more by the file they were read from."""
    keys = dict(package.keys)
    if package.kind == "source":
        keys["OPTIONS"] = " ".join(sorted(enabled_options(configuration, package)))
        keys["EAPI"] = "exheres-0"
    keys["DEFINED_PHASES"] = "-" if package.kind == "binary" else "compile install"
    keys.setdefault("INHERITED", "")
    found = {"EXHERES": str(package.path)}
    for name in METADATA_ORDER:
        value = keys.get(name, "").strip()
        if name in REPEATED_IN_A_TREE:
            if name == "DEPENDENCIES" and value.startswith("( ) [["):
                continue
            value = (
                f"( {value} ) [[ defined-in = [ {package.path.name} ] ]]"
                if value != "( )"
                else (f"( ) [[ defined-in = [ {package.path.name} ] ]]")
            )
        if name in keys and not (name == "PLATFORMS" and package.kind == "binary"):
            found[name] = value
    if package.kind == "binary":
        found["behaviours"] = "binary unbinaryable"
    return found | {"PALUDIS_CHOICES": "<unprintable>"}


def print_repositories(host: Host, program: str, words: list[str]) -> int:
    arguments = parse_arguments(words, (Known("format", valued=True),))
    wanted = arguments.get("format")
    for repository in read_configuration(host.root, program).repositories:
        if wanted in ("", repository.format):
            _write(f"{repository.name}\n")
    return 0


def print_repository_metadata(host: Host, program: str, words: list[str]) -> int:
    arguments = parse_arguments(words, METADATA_OPTIONS)
    name = _only(arguments.targets)
    repository = read_configuration(host.root, program).repository(name)
    if repository is None:
        raise CaveError(f"No such repository '{name}'", "paludis::NoSuchRepositoryError")
    keys = {"format": repository.format, "location": str(repository.location)}
    keys |= {key: value for key, value in repository.keys.items() if key not in keys}
    wanted, template = arguments.all("raw-name"), arguments.get("format", "%r=%v\\n")
    for key, value in keys.items():
        if not wanted or key in wanted:
            _write(_format(template, {"r": key, "v": value, "h": key}))
    return 0


def print_sets(host: Host, program: str, words: list[str]) -> int:
    parse_arguments(words, ())
    _write("".join(f"{name}\n" for name in set_names(read_configuration(host.root, program))))
    return 0


def print_set(host: Host, program: str, words: list[str]) -> int:
    name = _only(parse_arguments(words, (Known("expand", "x"),)).targets)
    configuration = read_configuration(host.root, program)
    if not is_set(configuration, name):
        raise CaveError(f"No such set '{name}'", "paludis::cave::NoSuchSetError")
    _write("".join(f"{spec.text}\n" for spec in set_specs(configuration, name)))
    return 0


def print_unused_distfiles(host: Host, program: str, words: list[str]) -> int:
    """Files in a distdir that no installed id and no id of --include'd repositories names."""
    arguments = parse_arguments(words, (Known("include", valued=True),))
    configuration = read_configuration(host.root, program)
    included = arguments.all("include")
    used = {
        tarball_of(configuration, each)
        for each in configuration.packages()
        if each.repository in included
    }
    directories = {each.distdir for each in configuration.repositories if each.format == "e"}
    files = {path for each in directories if each.is_dir() for path in each.iterdir()}
    _write("".join(f"{path}\n" for path in sorted(files - used) if path.is_file()))
    return 0


def has_version(host: Host, program: str, words: list[str]) -> int:
    spec = parse_spec(_only(parse_arguments(words, ()).targets))
    found = read_configuration(host.root, program).installed()
    return 0 if any(each.matches(spec) for each in found) else 1


def print_best_version(host: Host, program: str, words: list[str]) -> int:
    arguments = parse_arguments(words, (Known("format", "f", valued=True),))
    text = _only(arguments.targets)
    found = [
        each
        for each in read_configuration(host.root, program).packages()
        if each.matches(parse_spec(text))
    ]
    if not found:
        raise nothing_matching(text)
    _write(_format(arguments.get("format", "%u\\n"), _id_values(found[-1])))
    return 0


def report(host: Host, program: str, words: list[str]) -> int:
    """Exit status 1 when anything is listed (transcript 39)."""
    parse_arguments(words, ())
    configuration = read_configuration(host.root, program)
    world = set_specs(configuration, "world")
    wanted = [each for each in configuration.installed() if not any(map(each.matches, world))]
    for package in wanted:
        _write(f"{package.full}\n    Not used by any package in world\n")
    return 1 if wanted else 0


def fix_cache(host: Host, program: str, words: list[str]) -> int:
    parse_arguments(words, ())
    for repository in read_configuration(host.root, program).repositories:
        if repository.format == "e":
            _write(f"Fixing cache for {repository.name}...\n")
    return 0


def print_sync_protocols(host: Host, program: str, words: list[str]) -> int:
    read_configuration(host.root, program)
    parse_arguments(words, ())
    _write("".join(f"{name}\n" for name in PROTOCOLS))
    return 0


def _only(targets: list[str]) -> str:
    if len(targets) != 1:
        raise UsageError("Must specify exactly one parameter")
    return targets[0]


def _write(text: str) -> None:
    sys.stdout.write(text)
