"""A tarball that is gone or damaged, whole again: from the trash, or from a builder."""

from pbins.models import Host, Repository, Tarball
from pbins.paludis.environment import find_suspects
from pbins.services.arrivals import distfiles_of, note_taken
from pbins.services.connection import connected
from pbins.services.errors import Refused
from pbins.services.layouts import distdir_on
from pbins.services.places import places
from pbins.services.trashing import is_whole_in_trash, restore, trash_of
from pbins.storage.errors import BrokenTarball, StorageError
from pbins.storage.incoming import Incoming
from pbins.storage.tarball import TarballReport, read_tarball
from pbins.transport.contract import Transport
from pbins.transport.errors import RemoteFileMissing, TransportError


def take_again(*, repository: Repository, name: str) -> str:
    """Have this very tarball again; returns where it came from.

    What is taken must have the SHA-256 that it had. Raises Refused with what each place told.
    """
    row = repository.tarballs.filter(name=name).first()
    if row is not None and is_whole_in_trash(row):
        restore(repository=repository, names=[name])
        return "the trash"
    told = []
    for builder in repository.builders.all():
        try:
            with connected(builder) as transport:
                _take_from(builder, transport, repository, name, row)
        except RemoteFileMissing:
            told.append(f"{builder.name} does not have it any more")
        except (TransportError, StorageError) as error:
            told.append(f"{builder.name}: {error}")
        else:
            return builder.name
    raise Refused(f"{name} can't be had again: {'; '.join(told) or 'there is no builder'}.")


def _take_from(
    builder: Host, transport: Transport, repository: Repository, name: str, row: Tarball | None
) -> None:
    incoming = Incoming(places().incoming / repository.name)
    incoming.discard(name)
    try:
        with incoming.receive(name) as file:
            transport.download(str(distdir_on(builder, repository) / name), file)
        report = read_tarball(incoming.path(name))
        _check(report, row)
        distfiles_of(repository).mend(incoming.path(name), name)
    finally:
        incoming.discard(name)
    note_taken(repository, name, report)
    trash_of(repository).delete(name)


def _check(report: TarballReport, row: Tarball | None) -> None:
    if row is not None and row.sha256 and report.sha256 != row.sha256:
        raise BrokenTarball(f"its SHA-256 is {report.sha256}, not {row.sha256} as it was")
    # One that we had before was looked through then; of another one nobody has decided.
    suspects = find_suspects(report.environment)
    if suspects and (row is None or not row.sha256):
        raise StorageError(f"its PBIN/environment holds what looks like a secret: {suspects[0]}")
