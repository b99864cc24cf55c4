"""One tarball among the distfiles, as a directory of them is adopted."""

from pathlib import Path

from pbins.models import Repository, Tarball
from pbins.services.admitting import admit_all
from pbins.services.copying import Taken
from pbins.storage.tarball import read_tarball


def take_tarball(repository: Repository, source: Path) -> Tarball:
    """Its row. The file stays where it is."""
    taken = Taken(source.name, read_tarball(source))
    rows, refused = admit_all(repository, [taken], adopted_from=source.parent)
    assert refused == {}
    return rows[source.name]
