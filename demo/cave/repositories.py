"""A configured repository and the files of its tree (FACTS 3)."""

from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from demo.cave.errors import CaveError
from demo.cave.packages import PBIN_SUFFIX, SOURCE_SUFFIX, Package
from demo.cave.versions import split_name_and_version


class Repository:
    """`keys` as in its .conf file. The name comes from the tree, not from the file's name."""

    def __init__(self, keys: dict[str, str], locate: Callable[[str], Path]) -> None:
        self.keys = keys
        self.location = locate(keys.get("location", "/nowhere"))
        self._locate = locate

    @property
    def format(self) -> str:
        return self.keys.get("format", "e")

    @cached_property
    def name(self) -> str:
        if self.format != "e":
            return "installed"
        path = self.location / "profiles/repo_name"
        return path.read_text().strip() if path.is_file() else f"x-{self.location.name}"

    @property
    def lacks_name(self) -> bool:
        return self.format == "e" and not (self.location / "profiles/repo_name").is_file()

    @property
    def importance(self) -> int:
        return int(self.keys.get("importance", "1"))

    @property
    def is_binary_destination(self) -> bool:
        return self.keys.get("binary_destination") == "true"

    @property
    def masters(self) -> list[str]:
        path = self.location / "metadata/layout.conf"
        if not path.is_file():
            return []
        for line in path.read_text().splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "masters":
                return value.split()
        return []

    @property
    def distdir(self) -> Path:
        return self._locate(self.keys.get("distdir", "/var/cache/paludis/distfiles"))

    @property
    def binary_distdir(self) -> Path:
        """Unset, tarballs go to `/` (FACTS 0.10)."""
        return self._locate(self.keys.get("binary_distdir", "/"))

    @property
    def uses_manifest(self) -> bool:
        return self.keys.get("use_manifest", "use") == "use"

    def check(self, configured: list[str]) -> None:
        """Raises CaveError for what a real cave refuses at start-up."""
        if self.is_binary_destination and not self.keys.get("binary_keywords_filter"):
            raise _configuration_error(
                "binary_keywords_filter must be specified if binary_destination = true"
            )
        for master in self.masters:
            if master not in configured:
                raise _configuration_error(
                    f"Repository '{self.name}' requires repository '{master}', "
                    "which is not configured"
                )
        layout = self.location / "metadata/layout.conf"
        if layout.is_file() and not self.masters and not (self.location / "profiles").is_dir():
            raise _configuration_error("No profiles have been specified")

    def packages(self) -> Iterator[Package]:
        if self.format != "e":
            yield from self._installed()
            return
        for category in self.categories():
            for directory in sorted((self.location / "packages" / category).glob("*/")):
                yield from self._versions(category, directory)

    def categories(self) -> list[str]:
        path = self.location / "metadata/categories.conf"
        if path.is_file():
            return path.read_text().split()
        if not (self.location / "profiles").is_dir():
            return []
        raise CaveError(
            f"E Repository configuration error: No categories file available for repository "
            f"'{self.name}', and this layout does not allow auto-generation",
            "paludis::ERepositoryConfigurationError",
            (
                f"When fetching category names in {self.name}",
                f"When loading category names for {self.name}",
            ),
        )

    def add_category(self, category: str) -> None:
        if category not in self.categories():
            with (self.location / "metadata/categories.conf").open("a") as file:
                file.write(f"{category}\n")

    def _versions(self, category: str, directory: Path) -> Iterator[Package]:
        for path in directory.iterdir():
            kind, suffix = "source", SOURCE_SUFFIX
            if path.name.endswith(PBIN_SUFFIX):
                kind, suffix = "binary", PBIN_SUFFIX
            if not path.name.endswith(suffix):
                continue
            package, version = split_name_and_version(path.name.removesuffix(suffix))
            yield Package(category, package, version, self.name, path, kind)

    def _installed(self) -> Iterator[Package]:
        for path in (self.location / "data").glob("*---*/*"):
            category, _, package = path.parent.name.partition("---")
            version = path.name.partition(":")[0]
            yield Package(category, package, version, self.name, path, "installed")


def _configuration_error(message: str) -> CaveError:
    return CaveError(
        f"E Repository configuration error: {message}", "paludis::ERepositoryConfigurationError"
    )
