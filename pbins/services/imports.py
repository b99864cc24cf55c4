"""Taking in a repository that exists already: its pbins, its tarballs where they are, its past."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User

from pbins.models import DEFAULT_CHANNEL, Pbin, Repository, Tarball
from pbins.paludis.errors import ParseError
from pbins.paludis.manifest import ManifestEntry, parse_manifest
from pbins.services.admitting import admit_all
from pbins.services.arrivals import (
    Arrival,
    Refusal,
    gate,
    gate_tarball,
    read_arrival,
    store_pbins,
    tarball_name,
)
from pbins.services.errors import Refused
from pbins.services.holdings import one_per_place
from pbins.services.people import asked_for
from pbins.services.publishing import publish
from pbins.services.tarball_rows import absent_tarballs, present_tarballs
from pbins.services.tarball_sources import WEB, Wanted, from_directory, from_web
from pbins.storage.errors import StorageError, StorageFull
from pbins.storage.tree import read_tree
from pbins.transport.errors import TransportError

NO_TARBALL = "Its tarball is not here."
TRIES = 3
Tell = Callable[[int, int], object]
"""Is told how many tarballs are wanted, and how many have come or can't."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What is taken in: files by their path, and where their tarballs are, if anywhere.

    ``tarballs`` is a directory, or an address on the web. ``history`` is the commit whose tree
    this is, when its past is to be ours.
    """

    title: str
    tree: Mapping[str, bytes]
    tarballs: str = ""
    history: str = ""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import found and did. ``problems`` names each file that was refused, and why."""

    found: int
    published: int
    withheld: int
    problems: tuple[str, ...]


def directory_origin(directory: Path, tarballs: str = "") -> Origin:
    """A directory, or an archive (.tar, .tar.xz, …) of a repository, without a past.

    Without their tarballs its pbins are in the catalogue but are not given to hosts. Raises
    Refused.
    """
    try:
        return Origin(directory.name, read_tree(directory), tarballs)
    except (StorageError, OSError) as error:
        raise Refused(f"{directory} can't be read: {error}") from error


def _to_nobody(*_: object) -> None:
    """For those who do not want to hear how far it is."""


def import_origin(
    *,
    repository: Repository,
    origin: Origin,
    asked_by: User | None = None,
    tell: Tell = _to_nobody,
    publishing: Callable[[], object] = _to_nobody,
) -> ImportReport:
    """Take it in. ``tell`` and ``publishing`` hear how far it is.

    May be repeated after a crash. Raises Refused, with nothing published.
    """
    paths = sorted(path for path in origin.tree if ".pbin-" in path.rpartition("/")[2])
    if not paths:
        raise Refused(f"There are no pbins below {origin.title}; is it the top of a repository?")
    read = [read_arrival(repository, path, origin.tree[path]) for path in paths]
    problems = [str(refusal) for refusal in read if isinstance(refusal, Refusal)]
    pbins = [pbin for pbin in read if isinstance(pbin, Pbin)]
    arrivals, refusals = one_per_place(_arrivals(repository, origin, pbins, problems, tell))
    problems += map(str, refusals)
    stored = store_pbins(arrival.pbin for arrival in arrivals)
    arrivals = [
        Arrival(pbin, arrival.withheld) for pbin, arrival in zip(stored, arrivals, strict=True)
    ]
    publishing()
    try:
        publish(
            channel=repository.channels.get(name=DEFAULT_CHANNEL),
            arrivals=arrivals,
            message=_message(origin, len(arrivals)),
            by=asked_for(asked_by),
            note=f"From {origin.title}.",
            asked_by=asked_by,
            history=origin.history,
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


def _message(origin: Origin, count: int) -> str:
    of = f"\nTheir past is that of commit {origin.history}.\n" if origin.history else ""
    return f"Import {count} pbins\n{of}"


def _arrivals(
    repository: Repository,
    origin: Origin,
    pbins: list[Pbin],
    problems: list[str],
    tell: Tell,
) -> list[Arrival]:
    """The pbins with their tarballs: those that are here, could be taken, or are nowhere."""
    listed = dict(_listed(origin.tree, problems))
    names = {tarball_name(pbin) for pbin in pbins} - {""}
    rows = present_tarballs(repository, names)
    wanted = {name: listed.get(name) for name in names if name not in rows}
    troubles: dict[str, str] = {}
    if origin.tarballs:
        came, troubles = _take(repository, origin.tarballs, wanted, tell)
        rows |= came
    rows |= absent_tarballs(
        repository, {name: entry for name, entry in wanted.items() if name not in rows}
    )
    for pbin in pbins:
        name = tarball_name(pbin)
        pbin.tarball = rows.get(name)
        if name in troubles:
            problems.append(f"{pbin.path}: {troubles[name]}")
    return [_arrival(pbin, troubles) for pbin in pbins]


def _arrival(pbin: Pbin, troubles: Mapping[str, str]) -> Arrival:
    name, tarball = tarball_name(pbin), pbin.tarball
    withheld = gate(pbin, tarball=name) or (gate_tarball(tarball) if tarball else "")
    is_here = tarball is not None and tarball.is_present
    return Arrival(pbin, withheld or ("" if is_here else troubles.get(name, NO_TARBALL)))


def _take(
    repository: Repository, tarballs: str, wanted: Wanted, tell: Tell
) -> tuple[dict[str, Tarball], dict[str, str]]:
    """The rows of those that came, and why others did not. Raises Refused on a full disk."""
    came: dict[str, Tarball] = {}
    troubles: dict[str, str] = {}
    is_web = tarballs.startswith(WEB)
    tell(len(wanted), 0)
    for attempt in range(TRIES):
        troubles.clear()
        left = {name: entry for name, entry in wanted.items() if name not in came}
        batches = (
            from_web(repository, tarballs, left) if is_web else from_directory(Path(tarballs), left)
        )
        try:
            for batch in batches:
                took, refused = admit_all(
                    repository, batch, adopted_from=None if is_web else Path(tarballs)
                )
                came |= took
                troubles |= refused
                tell(len(wanted), len(came) + len(troubles))
        except StorageFull as error:
            raise Refused(f"Nothing was published: {error}.") from error
        except TransportError as error:  # a connection that was cut: go on with what is missing
            if attempt == TRIES - 1:
                absent = left.keys() - came.keys() - troubles.keys()
                troubles |= dict.fromkeys(absent, f"Its tarball did not come: {error}")
        else:
            break
    return came, troubles


def _listed(tree: Mapping[str, bytes], problems: list[str]) -> Iterator[tuple[str, ManifestEntry]]:
    """The tarballs that Manifests name, by name."""
    for path, content in tree.items():
        if not path.endswith("/Manifest"):
            continue
        try:
            entries: Iterable[ManifestEntry] = parse_manifest(
                content.decode("utf-8", errors="replace")
            )
        except ParseError as error:
            problems.append(f"{path}: {error.reason}")
            continue
        yield from ((entry.name, entry) for entry in entries if entry.type == "DIST")
