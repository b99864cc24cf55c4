"""What is configured under <root>/etc/paludis, and the repositories it names."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from demo.cave.errors import CaveError
from demo.cave.options import OptionLine, parse_options_conf
from demo.cave.packages import Package
from demo.cave.repositories import Repository
from demo.cave.specs import Spec, parse_spec


@dataclass
class Configuration:
    """One host as a real cave would see it when `root` were `/`."""

    root: Path
    program: str
    general: dict[str, str] = field(default_factory=dict)
    repositories: list[Repository] = field(default_factory=list)
    option_lines: list[OptionLine] = field(default_factory=list)
    platform_lines: list[tuple[Spec, list[str]]] = field(default_factory=list)
    mask_lines: list[Spec] = field(default_factory=list)
    unmask_lines: list[Spec] = field(default_factory=list)

    def locate(self, path: str) -> Path:
        """An absolute path of the host; one that is under the root already is taken as it is."""
        given = Path(path)
        return given if given.is_relative_to(self.root) else self.root / path.lstrip("/")

    def repository(self, name: str) -> Repository | None:
        return next((each for each in self.repositories if each.name == name), None)

    def packages(self) -> list[Package]:
        """All ids of all repositories, sorted by name, version, then importance."""
        ranked = sorted(self.repositories, key=lambda each: each.importance)
        found = [package for repository in ranked for package in repository.packages()]
        return sorted(found, key=lambda each: each.order)

    def installed(self) -> list[Package]:
        return [each for each in self.packages() if each.kind == "installed"]

    def destination_for_binaries(self) -> Repository:
        found = [each for each in self.repositories if each.is_binary_destination]
        if len(found) == 1:
            return found[0]
        names = " or to ".join(f"::{each.name}" for each in found)
        raise CaveError(
            f"Configuration error: don't know whether to install to {names}"
            if found
            else "Configuration error: no repository is suitable for creating binaries",
            "paludis::ConfigurationError",
        )

    @property
    def world_file(self) -> Path:
        return self.locate(self.general.get("world", "/var/db/paludis/world"))

    @property
    def installed_location(self) -> Path:
        repository = self.repository("installed")
        if repository is None:
            raise CaveError(
                "Configuration error: No repository is suitable for installing to '/'",
                "paludis::ConfigurationError",
            )
        return repository.location

    @property
    def logs(self) -> Path:
        return self.root / "var/log/paludis"

    def is_masked(self, package: Package) -> bool:
        return not self.accepts_platform(package) or self.is_masked_by_user(package)

    def is_masked_by_user(self, package: Package) -> bool:
        return any(map(package.matches, self.mask_lines)) and not any(
            map(package.matches, self.unmask_lines)
        )

    def accepts_platform(self, package: Package) -> bool:
        accepted = {
            word for spec, words in self.platform_lines if package.matches(spec) for word in words
        }
        return not accepted or bool(accepted & set(package.platforms))


def read_configuration(root: Path, program: str) -> Configuration:
    """Raises CaveError for what makes the whole of cave unusable (FACTS 3.1)."""
    found = Configuration(root, program)
    directory = root / "etc/paludis"
    if not directory.is_dir():
        raise CaveError(
            "Configuration error: Can't find configuration directory under '/etc/paludis'",
            "paludis::PaludisConfigNoDirectoryError",
        )
    found.general = read_keys(directory / "general.conf")
    found.option_lines = parse_options_conf(_read(directory / "options.conf"))
    found.platform_lines = _spec_lines(directory / "platforms.conf")
    found.mask_lines = [spec for spec, _ in _spec_lines(directory / "package_mask.conf")]
    found.unmask_lines = [spec for spec, _ in _spec_lines(directory / "package_unmask.conf")]
    defaults = read_keys(directory / "repository_defaults.conf")
    for path in sorted((directory / "repositories").glob("*.conf")):
        repository = Repository(defaults | read_keys(path), found.locate)
        if repository.lacks_name:
            _warn_about_name(repository)
        found.repositories.append(repository)
    found.repositories.sort(key=lambda each: each.name)
    for repository in found.repositories:
        repository.check([each.name for each in found.repositories])
    return found


def _warn_about_name(repository: Repository) -> None:
    sys.stderr.write(
        f"cave@0: [QA e.repo_name.unusable] Couldn't open repo_name file in "
        f"'{repository.location}/profiles/', falling back to generated name "
        f"'{repository.name}' (ignore this message if you have yet to sync this repository).\n"
    )


def read_keys(path: Path) -> dict[str, str]:
    """`key = value` lines; an absent file has none."""
    keys = {}
    for line in _read(path).splitlines():
        key, equals, value = line.partition("=")
        if equals and not key.lstrip().startswith("#"):
            keys[key.strip()] = value.strip()
    return keys


def _spec_lines(path: Path) -> list[tuple[Spec, list[str]]]:
    lines = [line.partition("#")[0].split() for line in _read(path).splitlines()]
    return [(parse_spec(words[0]), words[1:]) for words in lines if words]


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""
