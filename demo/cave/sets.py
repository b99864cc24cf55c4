"""Package sets: the built-in ones, the world file, and the operator's own files (FACTS 4.9)."""

from pathlib import Path

from demo.cave.configuration import Configuration
from demo.cave.specs import Spec, parse_spec

BUILT_IN = ("everything", "insecurity", "installed-packages", "installed-slots", "nothing")
PER_REPOSITORY = ("insecurity", "security", "system")


def set_names(configuration: Configuration) -> list[str]:
    """As `cave print-sets` lists them."""
    own = [path.stem for path in _directory(configuration).glob("*.conf")]
    names = {*BUILT_IN, "security", "system", "world", "world::environment", *own}
    names |= {f"{name}*" for name in own}
    for repository in configuration.repositories:
        if repository.format == "e":
            names |= {f"{name}::{repository.name}" for name in PER_REPOSITORY}
        else:
            names |= {f"installed-{what}::{repository.name}" for what in ("packages", "slots")}
    return sorted(names)


def is_set(configuration: Configuration, name: str) -> bool:
    return "/" not in name and name in set_names(configuration)


def set_specs(configuration: Configuration, name: str) -> list[Spec]:
    """The specs of a set, in its own order; `?` lines only when the package is installed."""
    if name in ("world", "world::environment"):
        return _specs_of_lines(configuration, _lines(configuration.world_file), name)
    path = _directory(configuration) / f"{name.removesuffix('*')}.conf"
    if path.is_file():
        return _specs_of_lines(configuration, _lines(path), name)
    if name.startswith("installed-"):
        return [parse_spec(each.name) for each in configuration.installed()]
    return []


def _specs_of_lines(configuration: Configuration, lines: list[str], name: str) -> list[Spec]:
    specs: list[Spec] = []
    for line in lines:
        operator, _, rest = line.partition(" ")
        target = rest.strip() if operator in ("*", "?", "?:") else line
        if "/" not in target:
            specs += [] if target == name else set_specs(configuration, target)
            continue
        spec = parse_spec(target)
        if operator in ("?", "?:") and not _is_installed(configuration, spec):
            continue
        specs.append(spec)
    return specs


def _is_installed(configuration: Configuration, spec: Spec) -> bool:
    return any(each.matches(spec) for each in configuration.installed())


def _directory(configuration: Configuration) -> Path:
    return configuration.root / "etc/paludis/sets"


def _lines(path: Path) -> list[str]:
    if not path.is_file():
        return []
    lines = [line.partition("#")[0].strip() for line in path.read_text().splitlines()]
    return [line for line in lines if line]
