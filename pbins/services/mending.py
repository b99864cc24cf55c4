"""A tarball that is gone or damaged, whole again: from the trash, a builder, a mirror, the web."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from pbins.models import Host, Repository, Tarball
from pbins.paludis.environment import find_suspects
from pbins.paludis.manifest import ManifestEntry
from pbins.services.connection import connected
from pbins.services.copying import coming
from pbins.services.errors import Refused
from pbins.services.layouts import distdir_on
from pbins.services.mirrors import fetch_from_mirror
from pbins.services.places import distfiles_of, places
from pbins.services.tarball_rows import Placed, note_taken
from pbins.services.tarball_sources import WEB, from_web
from pbins.services.trashing import restore, trash_of
from pbins.storage.errors import BrokenTarball, StorageError
from pbins.storage.locks import alone
from pbins.storage.tarball import TarballReport, read_tarball
from pbins.transport.errors import RemoteFileMissing, TransportError

Try = Callable[[], str]
"""Has the tarball again, and returns where it came from; raises what kept it from that."""


def take_again(*, repository: Repository, name: str) -> str:
    """Have this very tarball again; returns where it came from.

    What is taken must have the SHA-256 that it had. Raises Refused with what each place told.
    """
    told: list[str] = []
    row = repository.tarballs.filter(name=name).first()
    if row is not None and row.trashed_at is not None:
        try:
            restore(repository=repository, names=[name])
        except Refused as refusal:
            told.append(str(refusal).rstrip("."))
        else:
            return "the trash"
    for attempt in _places(repository, name, row):
        try:
            return attempt()
        except (TransportError, StorageError, Refused) as error:
            told.append(str(error).rstrip("."))
    raise Refused(f"{name} can't be had again: {'; '.join(told) or 'there is no builder'}.")


def _places(repository: Repository, name: str, row: Tarball | None) -> Iterator[Try]:
    """Builders first, which made it; elsewhere only what is known to the last byte is believed."""
    for builder in repository.builders.all():
        yield partial(_from_builder, builder, repository, name, row)
    if row is None or not row.sha256:
        return
    if repository.mirrors.filter(is_enabled=True).exists():
        yield partial(_from_mirror, row)
    taken = repository.imports.exclude(tarballs="").values_list("tarballs", flat=True)
    for address in dict.fromkeys(taken):
        if address.startswith(WEB):
            yield partial(_from_address, address, row)


def _from_builder(builder: Host, repository: Repository, name: str, row: Tarball | None) -> str:
    incoming = coming(repository)
    with alone(places().incoming / f"{builder.name}.lock"):
        incoming.discard(name)
        try:
            with connected(builder) as transport, incoming.receive(name) as file:
                transport.download(str(distdir_on(builder, repository) / name), file)
            _mend(repository, name, row, incoming.path(name), read_tarball(incoming.path(name)))
        except RemoteFileMissing as error:
            raise Refused(f"{builder.name} does not have it any more") from error
        except (TransportError, StorageError) as error:
            raise Refused(f"{builder.name}: {error}") from error
        finally:
            incoming.discard(name)
    return builder.name


def _from_mirror(row: Tarball) -> str:
    incoming = coming(row.repository)
    path = incoming.path(row.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        mirror = fetch_from_mirror(tarball=row, into=path)
        _mend(row.repository, row.name, row, path, read_tarball(path))
    finally:
        incoming.discard(row.name)
    return str(mirror)


def _from_address(address: str, row: Tarball) -> str:
    """From where the repository was taken in once."""
    entry = ManifestEntry("DIST", row.name, row.size or 0, {"SHA256": row.sha256})
    incoming = coming(row.repository)
    for batch in from_web(row.repository, address, {row.name: entry}):
        for taken in batch:
            if taken.report is None:
                raise Refused(taken.trouble)
            _mend(row.repository, row.name, row, incoming.path(row.name), taken.report)
    return address


def _mend(
    repository: Repository, name: str, row: Tarball | None, source: Path, report: TarballReport
) -> None:
    _check(report, row)
    distfiles_of(repository).mend(source, name)
    note_taken(repository, [Placed(name, report)])
    trash_of(repository).delete(name)


def _check(report: TarballReport, row: Tarball | None) -> None:
    if row is not None and row.sha256 and report.sha256 != row.sha256:
        raise BrokenTarball(f"its SHA-256 is {report.sha256}, not {row.sha256} as it was")
    # One that we had before was looked through then; of another one nobody has decided.
    suspects = find_suspects(report.environment)
    if suspects and (row is None or not row.sha256):
        raise StorageError(f"its PBIN/environment holds what looks like a secret: {suspects[0]}")
