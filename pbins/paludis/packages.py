"""One package of a repository: the pbins and the Manifest of one directory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from pbins.paludis.dependencies import parse_dependencies
from pbins.paludis.errors import ParseError, shown
from pbins.paludis.manifest import ManifestEntry, parse_manifest
from pbins.paludis.names import PbinFileName, QualifiedPackageName, TarballName
from pbins.paludis.options import parse_options
from pbins.paludis.pbin import Pbin, inspect_pbin, parse_pbin
from pbins.paludis.versions import Version

MANIFEST = "Manifest"


@dataclass(frozen=True, slots=True)
class LayoutProblem:
    """Something an administrator should mend; `line` is None where it is not in one line."""

    path: str
    reason: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class PbinFile:
    """A pbin where it lies. All its typed fields, dependencies and options can be read."""

    path: str
    name: QualifiedPackageName
    version: Version
    eapi: str
    pbin: Pbin


@dataclass(frozen=True, slots=True)
class Package:
    """What one directory holds. `manifest` is None without a Manifest that can be read."""

    name: QualifiedPackageName
    pbins: tuple[PbinFile, ...]
    manifest: tuple[ManifestEntry, ...] | None
    problems: tuple[LayoutProblem, ...]


def read_package(name: QualifiedPackageName, files: Mapping[str, bytes]) -> Package:
    """Read the files of one package, given by their names. Never raises."""
    directory = f"packages/{name}"
    problems: list[LayoutProblem] = []
    pbins: list[PbinFile] = []
    for filename in sorted(files):
        if ".pbin-" not in filename:
            continue
        path = f"{directory}/{filename}"
        try:
            pbin, doubts = _read_pbin(path, name, filename, files[filename])
        except ParseError as error:
            problems.append(LayoutProblem(path, error.reason, error.line))
            continue
        pbins.append(pbin)
        problems.extend(doubts)
    pbins.sort(key=lambda pbin: (pbin.version, pbin.path))
    problems.extend(_duplicates(pbins))
    manifest = None
    try:
        manifest = parse_manifest(decoded(files.get(MANIFEST, b"")))
    except ParseError as error:
        problems.append(LayoutProblem(f"{directory}/{MANIFEST}", error.reason, error.line))
    problems.extend(_missing_in(manifest or (), pbins))
    return Package(name, tuple(pbins), manifest if MANIFEST in files else None, tuple(problems))


def decoded(content: bytes) -> str:
    """The text of a file; ParseError, with the line, if it is not UTF-8."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ParseError("is not UTF-8", content.count(b"\n", 0, error.start) + 1) from None


def _read_pbin(
    path: str, name: QualifiedPackageName, filename: str, content: bytes
) -> tuple[PbinFile, list[LayoutProblem]]:
    """Read a pbin with what is doubtful about it; ParseError if it can't be used at all."""
    filed_as = PbinFileName.parse(filename, name.package)
    text = decoded(content)
    pbin = parse_pbin(text)
    _read_fields(pbin)
    doubts = [LayoutProblem(path, one.reason, one.line) for one in inspect_pbin(text).problems]
    doubts += [LayoutProblem(path, reason) for reason in _disagreements(pbin, name, filed_as)]
    return PbinFile(path, name, filed_as.version, filed_as.eapi, pbin), doubts


def _read_fields(pbin: Pbin) -> None:
    """Raise the ParseError that reading any typed field would."""
    _ = (pbin.slot, pbin.licences, pbin.generated_time, pbin.generated_from)
    parse_dependencies(pbin.dependencies)
    parse_options(pbin.myoptions, pbin.options)


def _disagreements(pbin: Pbin, name: QualifiedPackageName, filed_as: PbinFileName) -> Iterator[str]:
    if pbin.eapi != filed_as.eapi:
        yield f"its EAPI is {shown(pbin.eapi)}, its file name says {filed_as.eapi}"
    if not pbin.platforms:
        yield "it has no BINARY_PLATFORMS, which masks it everywhere"
    try:
        tarball = TarballName.parse(pbin.tarball)
    except ParseError as error:
        yield f"its BINARY_URI: {error.reason}"
        return
    if (tarball.name, tarball.version) != (name, filed_as.version):
        yield f"its tarball is of {tarball.name}-{tarball.version}"


def _duplicates(pbins: list[PbinFile]) -> Iterator[LayoutProblem]:
    """Pbins of equal versions: cave reads one and ignores the rest (FACTS 1.1)."""
    for first, second in pairwise(pbins):
        if first.version == second.version:
            yield LayoutProblem(second.path, f"has the same version as {first.path}")


def _missing_in(
    manifest: tuple[ManifestEntry, ...], pbins: list[PbinFile]
) -> Iterator[LayoutProblem]:
    """Tarballs that no host would accept: a Manifest that says anything must name them all."""
    listed = {entry.name: entry for entry in manifest if entry.type == "DIST"}
    for pbin in pbins if manifest else ():
        tarball = pbin.pbin.tarball
        if tarball not in listed:
            yield LayoutProblem(pbin.path, f"its tarball is not in the {MANIFEST}")
        elif not listed[tarball].hashes:
            yield LayoutProblem(pbin.path, f"its tarball has no hash in the {MANIFEST}")
