"""Fetching a pbin's tarball from wherever its repository says, and checking it (FACTS 2.3)."""

from importlib import import_module

from demo.cave.configuration import Configuration
from demo.cave.manifest import check, tarball_of
from demo.cave.packages import Package
from demo.cave.screen import Screen


def fetch(configuration: Configuration, package: Package, screen: Screen) -> bool:
    """Bring a pbin's tarball into the distdir and check it; a source has nothing to fetch."""
    tarball = tarball_of(configuration, package)
    if tarball is None:
        return True
    if not (tarball.is_file() and tarball.stat().st_size):
        # Loaded by name and only here: planning is most of what is asked, and has no use for HTTP.
        download = import_module("demo.cave.downloading").download
        for uri in _uris(configuration, package):
            screen.print(f"Trying to fetch '{uri}' to '{tarball.name}'...\n")
            if download(uri, tarball, screen):
                break
    return verify(configuration, package, screen)


def verify(configuration: Configuration, package: Package, screen: Screen) -> bool:
    tarball = tarball_of(configuration, package)
    if tarball is None:
        return True
    verdict = check(configuration, package, tarball)
    screen.print(f"Checking '{tarball.name}'... {verdict}\n\n")
    return verdict == "ok"


def _uris(configuration: Configuration, package: Package) -> list[str]:
    uri = package.keys["BINARY_URI"]
    if "://" not in uri:
        return []
    if not uri.startswith("mirror://"):
        return [uri]
    name, _, rest = uri.removeprefix("mirror://").partition("/")
    repository = configuration.repository(package.repository)
    files = [configuration.root / "etc/paludis/mirrors.conf"]
    files += [repository.location / "metadata/mirrors.conf"] if repository else []
    lines = [
        line.split() for file in files if file.is_file() for line in file.read_text().splitlines()
    ]
    prefixes = [prefix for words in lines if words and words[0] == name for prefix in words[1:]]
    return [f"{prefix.rstrip('/')}/{rest}" for prefix in prefixes]
