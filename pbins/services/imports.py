"""Taking in a repository that exists already: its pbins, and its tarballs if they are at hand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User

from pbins.models import Pbin, Repository
from pbins.paludis.errors import ParseError
from pbins.paludis.manifest import ManifestEntry, parse_manifest
from pbins.services.arrivals import (
    Arrival,
    Refusal,
    gate,
    gate_tarball,
    read_arrival,
    store_pbins,
    take_tarball,
    tarball_name,
)
from pbins.services.errors import Refused
from pbins.services.publishing import publish
from pbins.services.tarball_rows import absent_tarballs, present_tarballs
from pbins.storage.errors import StorageError, StorageFull
from pbins.storage.tree import read_tree

NO_TARBALL = "Its tarball is not here."


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import found and did. ``problems`` names each file that was refused, and why."""

    found: int
    published: int
    withheld: int
    problems: tuple[str, ...]


def import_catalogue(
    *,
    repository: Repository,
    directory: Path,
    distfiles: Path | None = None,
    asked_by: User | None = None,
) -> ImportReport:
    """Take in the pbins of a directory or an archive (.tar, .tar.xz, …) of a repository.

    Without their tarballs they are in the catalogue but are not given to hosts. Raises Refused.
    """
    tree = _tree(directory)
    channel = repository.channels.get(name="master")
    paths = sorted(path for path in tree if ".pbin-" in path.rpartition("/")[2])
    if not paths:
        raise Refused(f"There are no pbins below {directory}; is it the top of a repository?")
    read = [read_arrival(repository, path, tree[path]) for path in paths]
    problems = [str(refusal) for refusal in read if isinstance(refusal, Refusal)]
    listed = dict(_listed(tree, problems))
    arrivals = _arrivals(
        repository, [pbin for pbin in read if isinstance(pbin, Pbin)], listed, distfiles, problems
    )
    stored = store_pbins(arrival.pbin for arrival in arrivals)
    arrivals = [
        Arrival(pbin, arrival.withheld) for pbin, arrival in zip(stored, arrivals, strict=True)
    ]
    try:
        publish(
            channel=channel,
            arrivals=arrivals,
            message=(
                f"Import {len(arrivals)} pbins from {directory.name}\n\n"
                f"Asked for {f'by {asked_by}' if asked_by else 'from the command line'}.\n"
            ),
            asked_by=asked_by,
        )
    except StorageError as error:
        raise Refused(f"Nothing was published: {error}.") from error
    withheld = sum(1 for arrival in arrivals if arrival.withheld)
    return ImportReport(
        found=len(paths),
        published=len(arrivals) - withheld,
        withheld=withheld,
        problems=tuple(problems),
    )


def _tree(directory: Path) -> Mapping[str, bytes]:
    try:
        return read_tree(directory)
    except (StorageError, OSError) as error:
        raise Refused(f"{directory} can't be read: {error}") from error


def _listed(tree: Mapping[str, bytes], problems: list[str]) -> Iterator[tuple[str, ManifestEntry]]:
    """The tarballs that Manifests name, by name."""
    for path, content in tree.items():
        if not path.endswith("/Manifest"):
            continue
        try:
            entries = parse_manifest(content.decode("utf-8", errors="replace"))
        except ParseError as error:
            problems.append(f"{path}: {error.reason}")
            continue
        yield from ((entry.name, entry) for entry in entries if entry.type == "DIST")


def _arrivals(
    repository: Repository,
    pbins: list[Pbin],
    listed: Mapping[str, ManifestEntry],
    source: Path | None,
    problems: list[str],
) -> list[Arrival]:
    """The pbins with their tarballs: those that are here, at hand in ``source``, or nowhere."""
    names = {pbin.path: tarball_name(pbin) for pbin in pbins}
    present = present_tarballs(repository, {name for name in names.values() if name})
    at_hand = {name for name in names.values() if source and name and (source / name).is_file()}
    nowhere = set(names.values()) - present.keys() - at_hand - {""}
    rows = present | absent_tarballs(repository, {name: listed.get(name) for name in nowhere})
    for pbin in pbins:
        pbin.tarball = rows.get(names[pbin.path])
    return [_arrival(pbin, names[pbin.path], listed, source, problems) for pbin in pbins]


def _arrival(
    pbin: Pbin,
    name: str,
    listed: Mapping[str, ManifestEntry],
    source: Path | None,
    problems: list[str],
) -> Arrival:
    if not name:
        return Arrival(pbin, gate(pbin, tarball=name))
    try:
        if pbin.tarball is None and source is not None:
            pbin.tarball = take_tarball(pbin.repository, name, source / name, keep=True)
    except StorageFull as error:
        raise Refused(f"Nothing was published: {error}.") from error
    except StorageError as error:
        problems.append(f"{pbin.path}: {error}")
        pbin.tarball = absent_tarballs(pbin.repository, {name: listed.get(name)})[name]
        return Arrival(pbin, f"Its tarball can't be served: {error}")
    withheld = gate(pbin, tarball=name) or (gate_tarball(pbin.tarball) if pbin.tarball else "")
    is_here = pbin.tarball is not None and pbin.tarball.is_present
    return Arrival(pbin, withheld or ("" if is_here else NO_TARBALL))
