"""A repository as a tree of files: what it holds, and what is wrong with it (FACTS 3.1)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from pbins.paludis.config import parse_conf, render_mirrors_conf
from pbins.paludis.errors import ParseError
from pbins.paludis.manifest import ManifestEntry
from pbins.paludis.names import CategoryName, QualifiedPackageName, RepositoryName
from pbins.paludis.packages import LayoutProblem, PbinFile, decoded, read_package

REPO_NAME = "profiles/repo_name"
LAYOUT_CONF = "metadata/layout.conf"
CATEGORIES_CONF = "metadata/categories.conf"
MIRRORS_CONF = "metadata/mirrors.conf"
PACKAGES = "packages/"

MAX_PROBLEMS = 20
"""More of one file help nobody."""

T = TypeVar("T")
Directories = Mapping[QualifiedPackageName, Mapping[str, bytes]]
Mirrors = Mapping[RepositoryName, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Layout:
    """What could be read of a tree.

    `name` is None if `profiles/repo_name` holds none. `categories` are those that cave knows.
    `pbins`, by name and version, are those that can be used, and `manifests` the entries of the
    packages that have a Manifest. Whatever is wrong is among the problems.
    """

    name: RepositoryName | None
    masters: tuple[RepositoryName, ...]
    categories: tuple[CategoryName, ...]
    mirrors: Mirrors
    pbins: tuple[PbinFile, ...]
    manifests: Mapping[QualifiedPackageName, tuple[ManifestEntry, ...]]
    problems: tuple[LayoutProblem, ...]


def read_layout(files: Mapping[str, bytes]) -> Layout:
    """Read a tree from its files, given by their paths with `/` below its root. Never raises."""
    reader = _Reader(files)
    directories = reader.directories()
    packages = [read_package(name, directories[name]) for name in sorted(directories)]
    return Layout(
        name=reader.attempt(REPO_NAME, _repository_name, None),
        masters=reader.attempt(LAYOUT_CONF, _masters, ()),
        categories=reader.categories({name.category for name in directories}),
        mirrors=reader.mirrors(),
        pbins=tuple(pbin for package in packages for pbin in package.pbins),
        manifests={one.name: one.manifest for one in packages if one.manifest is not None},
        problems=(*reader.problems, *(found for one in packages for found in one.problems)),
    )


def skeleton(
    name: RepositoryName,
    masters: Iterable[RepositoryName],
    mirrors: Mapping[RepositoryName, Iterable[str]],
) -> dict[str, bytes]:
    """The least that cave accepts as a repository; git keeps no empty directory."""
    texts = {
        REPO_NAME: f"{name}\n",
        LAYOUT_CONF: f"masters = {' '.join(masters)}\n",
        CATEGORIES_CONF: "",
        MIRRORS_CONF: render_mirrors_conf(mirrors),
        f"{PACKAGES}.gitkeep": "",
    }
    return {path: text.encode() for path, text in texts.items()}


@dataclass(slots=True)
class _Reader:
    """Collects problems while it reads: one bad file must not hide the others."""

    files: Mapping[str, bytes]
    problems: list[LayoutProblem] = field(default_factory=list)
    found_in: Counter[str] = field(default_factory=Counter)

    def attempt(self, path: str, read: Callable[[str], T], otherwise: T) -> T:
        """Read a file that must be there and be sound."""
        if path not in self.files:
            self._found(path, "is missing")
            return otherwise
        try:
            return read(decoded(self.files[path]))
        except ParseError as error:
            self._found(path, error.reason, error.line)
            return otherwise

    def directories(self) -> Directories:
        """The files of each package, by their names; what lies deeper is none of our business."""
        found: defaultdict[QualifiedPackageName, dict[str, bytes]] = defaultdict(dict)
        for path in sorted(self.files):
            parts = path.split("/")
            if len(parts) != 4 or not path.startswith(PACKAGES):
                continue
            _, category, package, filename = parts
            try:
                name = QualifiedPackageName(f"{category}/{package}")
            except ParseError as error:
                self._found(path, error.reason)
            else:
                found[name][filename] = self.files[path]
        return found

    def categories(self, inhabited: Collection[CategoryName]) -> tuple[CategoryName, ...]:
        """Read categories.conf: cave sees no package in a category that it doesn't list."""
        listed: dict[CategoryName, int] = {}
        for number, line in self._lines(CATEGORIES_CONF, required=True):
            try:
                category = CategoryName(line)
            except ParseError as error:
                self._found(CATEGORIES_CONF, f"{error.reason}, one to a line", number)
            else:
                listed.setdefault(category, number)
        known = {*listed, *inhabited}
        for category, number in listed.items():
            if category not in inhabited and (halves := _halves(category, known)):
                reason = f"{category} is {' and '.join(halves)} glued together"
                self._found(CATEGORIES_CONF, reason, number)
        for category in sorted(known.difference(listed)):
            self._found(CATEGORIES_CONF, f"lacks {category}, so cave sees none of its packages")
        return tuple(listed)

    def mirrors(self) -> Mirrors:
        """Read mirrors.conf, which a repository may do without."""
        mirrors: dict[RepositoryName, tuple[str, ...]] = {}
        for number, line in self._lines(MIRRORS_CONF, required=False):
            name, *uris = line.split()
            if not uris or not all("://" in uri for uri in uris):
                self._found(MIRRORS_CONF, "is not a name and its addresses", number)
                continue
            try:
                mirrors[RepositoryName(name)] = tuple(uris)
            except ParseError as error:
                self._found(MIRRORS_CONF, error.reason, number)
        return mirrors

    def _lines(self, path: str, *, required: bool) -> Iterator[tuple[int, str]]:
        """The lines of a file that say something, stripped, with their numbers."""
        if not required and path not in self.files:
            return
        for number, line in enumerate(self.attempt(path, str, "").split("\n"), start=1):
            if (stripped := line.strip()) and not stripped.startswith("#"):
                yield number, stripped

    def _found(self, path: str, reason: str, line: int | None = None) -> None:
        self.found_in[path] += 1
        if self.found_in[path] <= MAX_PROBLEMS:
            self.problems.append(LayoutProblem(path, reason, line))


def _repository_name(text: str) -> RepositoryName:
    return RepositoryName(text.strip())


def _masters(text: str) -> tuple[RepositoryName, ...]:
    masters = tuple(map(RepositoryName, parse_conf(text).get("masters", "").split()))
    if not masters:
        raise ParseError("names no masters, so cave finds no profiles")
    return masters


def _halves(glued: str, known: Collection[str]) -> tuple[str, str] | None:
    """The two known names that a line was glued from, when a line end was lost between them."""
    for at in range(1, len(glued)):
        if glued[:at] in known and glued[at:] in known:
            return glued[:at], glued[at:]
    return None
