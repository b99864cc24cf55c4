"""Names and identifiers: what may be a file name, an argument of cave or part of a URL.

Whoever holds one of these types holds text that begins with no dash, leads to no other directory
and means nothing to a shell.
"""

import re
from dataclasses import dataclass
from typing import ClassVar, Self

from pbins.paludis.errors import ParseError, shown
from pbins.paludis.versions import Version

MAX_LENGTH = 255
"""Characters; what a file system takes as one path component."""


class _Name(str):
    """Text that was checked when it was made."""

    __slots__ = ()
    shape: ClassVar[re.Pattern[str]]
    meaning: ClassVar[str]

    def __new__(cls, text: str) -> Self:
        if len(text) > MAX_LENGTH or cls.shape.fullmatch(text) is None:
            raise ParseError(f"{shown(text)} is not {cls.meaning}")
        return super().__new__(cls, text)


class CategoryName(_Name):
    """The first half of a package's name: `dev-libs`."""

    __slots__ = ()
    shape = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+.-]*")
    meaning = "the name of a category"


class PackageNamePart(_Name):
    """The second half of a package's name: `libfoo`. Never ends in `-` and digits."""

    __slots__ = ()
    shape = re.compile(r"(?!.*-[0-9]+\Z)[A-Za-z0-9_][A-Za-z0-9_+-]*")
    meaning = "the name of a package without its category"


class RepositoryName(_Name):
    """A repository as cave knows it: `mybinaries`."""

    __slots__ = ()
    shape = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
    meaning = "the name of a repository"


class SetName(_Name):
    """A package set: `world`. Paludis' variants `NAME*` and `NAME::repository` are left out."""

    __slots__ = ()
    shape = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+.-]*")
    meaning = "the name of a package set"


class SlotName(_Name):
    """A slot: `0`, `2.4`, `playtest`."""

    __slots__ = ()
    shape = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_+.-]*")
    meaning = "the name of a slot"


class OptionName(_Name):
    """An option, with its prefix if it has one: `doc`, `linguas:pt_BR`, `python_abis:2.7`."""

    __slots__ = ()
    shape = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_+.@-]*:)?[A-Za-z0-9_][A-Za-z0-9_+.@-]*")
    meaning = "the name of an option"

    @property
    def prefix(self) -> str:
        """What stands before the colon: `linguas`; empty for a plain option."""
        return self.rpartition(":")[0]

    @property
    def suffix(self) -> str:
        """What stands after the colon: `pt_BR`; all of a plain option."""
        return self.rpartition(":")[2]


class QualifiedPackageName(_Name):
    """A package by its whole name: `dev-libs/libfoo`."""

    __slots__ = ()
    shape = re.compile(f"{CategoryName.shape.pattern}/{PackageNamePart.shape.pattern}")
    meaning = "the name of a package with its category"

    @property
    def category(self) -> CategoryName:
        """`dev-libs` of `dev-libs/libfoo`."""
        return CategoryName(self.partition("/")[0])

    @property
    def package(self) -> PackageNamePart:
        """`libfoo` of `dev-libs/libfoo`."""
        return PackageNamePart(self.partition("/")[2])


def split_package_version(text: str) -> tuple[PackageNamePart, Version]:
    """Split `libfoo-1.2-r3` where the longest version begins that the text can end in."""
    if len(text) <= MAX_LENGTH:
        for dash in re.finditer("-", text):
            try:
                version = Version(text[dash.end() :])
            except ParseError:
                continue
            return PackageNamePart(text[: dash.start()]), version
    raise ParseError(f"{shown(text)} is not a package and its version")


ID = re.compile(r"=?([^/:]+)/([^/:]+)(?::([^:]+))?(?:::([^:]+))?")


@dataclass(frozen=True, slots=True)
class PackageId:
    """One version of a package, in one slot of one repository, as cave writes it."""

    name: QualifiedPackageName
    version: Version
    slot: SlotName | None = None
    repository: RepositoryName | None = None

    @classmethod
    def parse(cls, text: str) -> "PackageId":
        """Read `cat/pkg-1.2:0::repository`; a leading `=`, the slot and the repository may lack."""
        match = ID.fullmatch(text)
        if match is None or len(text) > 4 * MAX_LENGTH:
            raise ParseError(f"{shown(text)} is not a package id")
        category, rest, slot, repository = match.groups()
        package, version = split_package_version(rest)
        return cls(
            QualifiedPackageName(f"{category}/{package}"),
            version,
            None if slot is None else SlotName(slot),
            None if repository is None else RepositoryName(repository),
        )

    def __str__(self) -> str:
        slot = "" if self.slot is None else f":{self.slot}"
        repository = "" if self.repository is None else f"::{self.repository}"
        return f"{self.name}-{self.version}{slot}{repository}"


TARBALL = re.compile(r"(.+?)--(.+)--(C\.[0-9]+\.[0-9]+\.[0-9]+\.C)\.tar\.bz2", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TarballName:
    """The name of a tarball, never given twice (FACTS 2.1).

    `cookie` is `C.<pid>.<seconds>.<microseconds>.C` of the moment it was made.
    """

    repository: RepositoryName
    name: QualifiedPackageName
    version: Version
    cookie: str

    @classmethod
    def parse(cls, text: str, repository: RepositoryName | None = None) -> "TarballName":
        """Read `repo--cat--pkg-ver--C.….C.tar.bz2`.

        Only a repository with `--` in its own name has to be handed in: it can't be told from text.
        """
        owner = RepositoryName(text.partition("--")[0]) if repository is None else repository
        rest = text.removeprefix(f"{owner}--")
        match = TARBALL.fullmatch(rest) if rest != text and len(text) <= MAX_LENGTH else None
        if match is None:
            raise ParseError(f"{shown(text)} is not the name of a tarball")
        category, package_version, cookie = match.groups()
        package, version = split_package_version(package_version)
        return cls(owner, QualifiedPackageName(f"{category}/{package}"), version, cookie)

    def __str__(self) -> str:
        name = f"{self.name.category}--{self.name.package}-{self.version}"
        return f"{self.repository}--{name}--{self.cookie}.tar.bz2"


EAPI = re.compile(r"pbin-1\+[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class PbinFileName:
    """The name of a pbin: `libfoo-1.2-r3.pbin-1+exheres-0`; `eapi` is all after the last dot."""

    package: PackageNamePart
    version: Version
    eapi: str

    @classmethod
    def parse(cls, text: str, package: PackageNamePart | None = None) -> "PbinFileName":
        """Split at the last dot, as Paludis does (FACTS 1.1); the package is known from its place.

        Without the place, `foo-1a-scm` is read as version 1a-scm of foo, not as scm of foo-1a.
        """
        stem, _, eapi = text.rpartition(".")
        if EAPI.fullmatch(eapi) is None:
            raise ParseError(f"{shown(text)} is not the name of a pbin")
        if package is None:
            return cls(*split_package_version(stem), eapi)
        if not stem.startswith(f"{package}-"):
            raise ParseError(f"{shown(text)} does not begin with {package}")
        return cls(package, Version(stem.removeprefix(f"{package}-")), eapi)

    def __str__(self) -> str:
        return f"{self.package}-{self.version}.{self.eapi}"


def pbin_path(name: QualifiedPackageName, version: Version, eapi: str) -> str:
    """Where a pbin lies in its repository; `eapi` is the whole of it, `pbin-1+exheres-0`."""
    if EAPI.fullmatch(eapi) is None:
        raise ParseError(f"{shown(eapi)} is not the EAPI of a pbin")
    return f"packages/{name}/{PbinFileName(name.package, version, eapi)}"
