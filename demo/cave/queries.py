"""The `print-…` commands about package ids (FACTS 4.8)."""

import sys

from demo.cave.arguments import Known, parse_arguments
from demo.cave.choices import enabled_options
from demo.cave.configuration import Configuration, read_configuration
from demo.cave.errors import CaveError, UsageError, nothing_matching
from demo.cave.host import Host
from demo.cave.packages import Package
from demo.cave.specs import parse_spec

ID_OPTIONS = (
    Known("matching", "m", valued=True),
    Known("supporting", "s", valued=True),
    Known("with-mask", "M", valued=True),
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
SHOWN_EMPTY = ("INHERITED", "OPTIONS", "BINARY_PLATFORMS")
TREES = ("DEPENDENCIES", "MYOPTIONS")


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
    for mask in arguments.all("with-mask"):
        if mask not in ("none", "any"):
            raise UsageError(f"Unknown --with-mask value '{mask}'")
        shown = [each for each in shown if configuration.is_masked(each) is (mask == "any")]
    write("".join(fill(template, _id_values(each)) for each in shown))
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


def fill(template: str, values: dict[str, str]) -> str:
    text, letters = "", iter(template.replace("\\n", "\n").replace("\\t", "\t"))
    for letter in letters:
        text += values.get(next(letters, ""), "") if letter == "%" else letter
    return text


def print_id_metadata(host: Host, program: str, words: list[str]) -> int:
    arguments = parse_arguments(words, METADATA_OPTIONS)
    configuration = read_configuration(host.root, program)
    text = only(arguments.targets)
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
                write(fill(template, {"r": name, "v": value, "h": name}))
    return 0


def _metadata(configuration: Configuration, package: Package) -> dict[str, str]:
    """In cave's order; trees are wrapped once more by the file they were read from."""
    keys = dict(package.keys)
    if package.kind == "source":
        keys["OPTIONS"] = " ".join(sorted(enabled_options(configuration, package)))
        keys["EAPI"] = "exheres-0"
    keys["DEFINED_PHASES"] = "-" if package.kind == "binary" else "compile install"
    keys.setdefault("INHERITED", "")
    left_out = ("PLATFORMS",) if package.kind == "binary" else ()
    found = {"EXHERES": str(package.path)}
    for name in METADATA_ORDER:
        value = keys.get(name, "").strip()
        if name in TREES:
            value = _tree(name, value, package)
        if name in keys and name not in left_out and (value or name in SHOWN_EMPTY):
            found[name] = value
    if package.kind == "binary":
        found["behaviours"] = "binary unbinaryable"
    return found | {"PALUDIS_CHOICES": "<unprintable>"}


def _tree(name: str, value: str, package: Package) -> str:
    """Empty when there is nothing in it; a pbin's MYOPTIONS have their parentheses already."""
    bare = value.partition(" [[ defined-in")[0]
    if name == "DEPENDENCIES" and bare in ("", "( )"):
        return ""
    wrapped = value if bare == "( )" or value.startswith("( ( ") else f"( {value} )"
    return f"{wrapped} [[ defined-in = [ {package.path.name} ] ]]"


def has_version(host: Host, program: str, words: list[str]) -> int:
    spec = parse_spec(only(parse_arguments(words, ()).targets))
    found = read_configuration(host.root, program).installed()
    return 0 if any(each.matches(spec) for each in found) else 1


def print_best_version(host: Host, program: str, words: list[str]) -> int:
    arguments = parse_arguments(words, (Known("format", "f", valued=True),))
    text = only(arguments.targets)
    found = [
        each
        for each in read_configuration(host.root, program).packages()
        if each.matches(parse_spec(text))
    ]
    if not found:
        raise nothing_matching(text)
    write(fill(arguments.get("format", "%u\\n"), _id_values(found[-1])))
    return 0


def only(targets: list[str]) -> str:
    if len(targets) != 1:
        raise UsageError("Must specify exactly one parameter")
    return targets[0]


def write(text: str) -> None:
    sys.stdout.write(text)
