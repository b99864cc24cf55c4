"""The `print-…` commands about repositories, sets and files, and two small others."""

from demo.cave.arguments import Known, parse_arguments
from demo.cave.configuration import read_configuration
from demo.cave.errors import CaveError
from demo.cave.host import Host
from demo.cave.manifest import tarball_of
from demo.cave.queries import METADATA_OPTIONS, fill, only, write
from demo.cave.sets import is_set, set_names, set_specs

PROTOCOLS = ("dummy", "file", "git", "git+file", "git+http", "git+https", "git+ssh")


def print_repositories(host: Host, program: str, words: list[str]) -> int:
    arguments = parse_arguments(words, (Known("format", valued=True),))
    wanted = arguments.get("format")
    for repository in read_configuration(host.root, program).repositories:
        if wanted in ("", repository.format):
            write(f"{repository.name}\n")
    return 0


def print_repository_metadata(host: Host, program: str, words: list[str]) -> int:
    arguments = parse_arguments(words, METADATA_OPTIONS)
    name = only(arguments.targets)
    repository = read_configuration(host.root, program).repository(name)
    if repository is None:
        raise CaveError(f"No such repository '{name}'", "paludis::NoSuchRepositoryError")
    keys = {"format": repository.format, "location": str(repository.location)}
    keys |= {key: value for key, value in repository.keys.items() if key not in keys}
    wanted, template = arguments.all("raw-name"), arguments.get("format", "%r=%v\\n")
    for key, value in keys.items():
        if not wanted or key in wanted:
            write(fill(template, {"r": key, "v": value, "h": key}))
    return 0


def print_sets(host: Host, program: str, words: list[str]) -> int:
    parse_arguments(words, ())
    write("".join(f"{name}\n" for name in set_names(read_configuration(host.root, program))))
    return 0


def print_set(host: Host, program: str, words: list[str]) -> int:
    name = only(parse_arguments(words, (Known("expand", "x"),)).targets)
    configuration = read_configuration(host.root, program)
    if not is_set(configuration, name):
        raise CaveError(f"No such set '{name}'", "paludis::cave::NoSuchSetError")
    write("".join(f"{spec.text}\n" for spec in set_specs(configuration, name)))
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
    write("".join(f"{path}\n" for path in sorted(files - used) if path.is_file()))
    return 0


def report(host: Host, program: str, words: list[str]) -> int:
    """Exit status 1 when anything is listed (transcript 39)."""
    parse_arguments(words, ())
    configuration = read_configuration(host.root, program)
    world = set_specs(configuration, "world")
    wanted = [each for each in configuration.installed() if not any(map(each.matches, world))]
    for package in wanted:
        write(f"{package.full}\n    Not used by any package in world\n")
    return 1 if wanted else 0


def fix_cache(host: Host, program: str, words: list[str]) -> int:
    parse_arguments(words, ())
    for repository in read_configuration(host.root, program).repositories:
        if repository.format == "e":
            write(f"Fixing cache for {repository.name}...\n")
    return 0


def print_sync_protocols(host: Host, program: str, words: list[str]) -> int:
    read_configuration(host.root, program)
    parse_arguments(words, ())
    write("".join(f"{name}\n" for name in PROTOCOLS))
    return 0
