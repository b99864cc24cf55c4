"""Where an import finds tarballs: a directory of this machine, or addresses on the web."""

import stat
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

from pbins.models import Repository
from pbins.paludis.manifest import ManifestEntry
from pbins.services.copying import READERS, Copies, Taken, coming
from pbins.services.parts import in_parts
from pbins.services.places import places
from pbins.storage.errors import StorageError
from pbins.storage.incoming import Incoming
from pbins.storage.locks import alone
from pbins.storage.paths import is_file_name
from pbins.storage.tarball import read_tarball
from pbins.transport.contract import Writable
from pbins.transport.errors import RemoteFileError, RemoteFileMissing
from pbins.transport.web import web_download, web_size

BATCH = 50
WEB = ("http://", "https://")
Wanted = Mapping[str, ManifestEntry | None]
"""Names of tarballs, and what their Manifest says of them."""


def from_directory(directory: Path, wanted: Wanted) -> Iterator[list[Taken]]:
    """Those that lie there, read to their ends and left where they are. Raises StorageFull."""
    names = [name for name in sorted(wanted) if is_file_name(name)]
    here = [name for name in names if _is_plain(directory / name)]
    with ThreadPoolExecutor(READERS, "reader") as readers:
        copies = Copies(_stays, f"in {directory}", Incoming(directory), readers, _sums(wanted))
        yield [copies.absent(name) for name in wanted if name not in here]
        for some in in_parts(here, at_once=BATCH):
            proofs = {name: readers.submit(read_tarball, directory / name) for name in some}
            yield [copies.judged(name, proof) for name, proof in proofs.items()]


def from_web(repository: Repository, address: str, wanted: Wanted) -> Iterator[list[Taken]]:
    """Those that a web server has below an address, in `coming`; resumed after a cut.

    Raises TransportError and StorageFull.
    """
    base = address.rstrip("/")

    def fetch(name: str, into: Writable, offset: int) -> None:
        web_download(f"{base}/{quote(name)}", into, offset=offset)

    with (
        alone(places().incoming / f"{repository.name}.web.lock"),
        ThreadPoolExecutor(READERS, "reader") as readers,
    ):
        copies = Copies(fetch, f"at {base}", coming(repository), readers, _sums(wanted))
        sizes: dict[str, int] = {}
        for name, entry in sorted(wanted.items()):
            size = entry.size if entry and entry.size else _size(f"{base}/{quote(name)}")
            if size is None or not is_file_name(name):
                yield [copies.absent(name)]
            else:
                sizes[name] = size
        yield from copies.each(sizes)


def _size(url: str) -> int | None:
    try:
        return web_size(url)
    except (RemoteFileMissing, RemoteFileError):
        return None


def _sums(wanted: Wanted) -> dict[str, str]:
    return {name: entry.hashes.get("SHA256", "") for name, entry in wanted.items() if entry}


def _is_plain(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _stays(name: str, into: Writable, offset: int) -> None:
    raise StorageError(f"{name} is read where it lies")
