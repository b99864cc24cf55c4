"""Tarballs on their way in from a builder: many at once, and each read to its end while it comes.

One question tells of all what the builder has. Small ones come together, as one tar stream a
bundle; large ones by SFTP, several at once, each going on where it was cut. Threads copy and read;
whoever asked stores what came, between the batches.
"""

import shlex
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pbins.models import Host, Repository
from pbins.services.bundles import packed
from pbins.services.copying import READERS, Copies, Taken, coming
from pbins.services.drafts import must
from pbins.services.layouts import distdir_on
from pbins.services.places import places
from pbins.services.remote import searching
from pbins.services.room import check_room
from pbins.storage.bundle import unpack
from pbins.storage.disk import sync_file
from pbins.storage.locks import alone
from pbins.storage.paths import is_file_name
from pbins.storage.tarball import TarballReport, read_tarball
from pbins.transport.contract import Transport, Writable

SMALL = 2**20
BUNDLE_BYTES = 64 * 2**20
BUNDLE_FILES = 250
STATES = """\
cd {distdir} 2>/dev/null || exit 0
tr '\\n' '\\0' | xargs -0 -r stat -c '%f %s %n' -- 2>/dev/null
exit 0
"""


def take_over(
    *,
    repository: Repository,
    host: Host,
    transport: Transport,
    names: Sequence[str],
    say: Callable[[str], object],
) -> Iterator[list[Taken]]:
    """Copy tarballs from a builder, in batches; those with a report lie whole in `coming`.

    May be asked again after a crash or a cut: what has come stays. Raises TransportError and
    StorageFull.
    """
    distdir = distdir_on(host, repository)

    def fetch(name: str, into: Writable, offset: int) -> None:
        transport.download(str(distdir / name), into, offset=offset)

    # Names of tarballs are a builder's own, so two can meet only where both take from one.
    with (
        alone(places().incoming / f"{host.name}.lock"),
        ThreadPoolExecutor(READERS, "reader") as readers,
    ):
        copies = Copies(fetch, "on the builder", coming(repository), readers)
        intake = _Intake(transport, distdir, copies)
        sizes = intake.sizes(names)
        yield [copies.absent(name) for name in names if name not in sizes]
        for bundle in intake.bundles(sizes):
            say(f"Takes {len(bundle)} tarballs over from {host.name} together.")
            came = intake.bring_together(bundle)
            yield came
            for one in came:
                del sizes[one.name]
        if sizes:
            what = next(iter(sizes)) if len(sizes) == 1 else f"{len(sizes)} tarballs"
            say(f"Takes {what} over from {host.name}.")
        yield from copies.each(sizes)


@dataclass(frozen=True, slots=True)
class _Intake:
    """What a directory of a builder has, and how its small files come together."""

    transport: Transport
    distdir: PurePosixPath
    copies: Copies

    def sizes(self, names: Sequence[str]) -> dict[str, int]:
        """Bytes of each plain file among these, by what the builder says."""
        asked = [name for name in names if is_file_name(name)]
        command = searching(STATES.format(distdir=shlex.quote(str(self.distdir))))
        listing = must(self.transport, command, stdin="".join(f"{name}\n" for name in asked))
        told = (line.split(" ", 2) for line in listing.splitlines())
        plain = {name: int(size) for mode, size, name in told if stat.S_ISREG(int(mode, 16))}
        return {name: plain[name] for name in asked if name in plain}

    def bundles(self, sizes: Mapping[str, int]) -> Iterator[dict[str, int]]:
        """The small ones that have not come yet, as many together as are quickly repeated."""
        small = {
            name: size
            for name, size in sizes.items()
            if size <= SMALL and self.copies.incoming.received(name) != size
        }
        bundle: dict[str, int] = {}
        for name, size in small.items():
            if len(bundle) == BUNDLE_FILES or sum(bundle.values()) + size > BUNDLE_BYTES:
                yield bundle
                bundle = {}
            bundle[name] = size
        if len(bundle) > 1:
            yield bundle

    def bring_together(self, bundle: Mapping[str, int]) -> list[Taken]:
        """Those that came whole; whatever did not is left to be brought by itself."""
        check_room(sum(bundle.values()))
        incoming = self.copies.incoming
        proofs: dict[str, Future[TarballReport]] = {}
        with packed(self.transport, self.distdir, list(bundle)) as stream:
            for name in unpack(stream, bundle, incoming):
                proofs[name] = self.copies.readers.submit(_read, incoming.path(name))
        judged = (self.copies.judged(name, proof) for name, proof in proofs.items())
        return [taken for taken in judged if taken.report]


def _read(path: Path) -> TarballReport:
    """Read it, and have it on the disk, which takes longer and can be waited for side by side."""
    report = read_tarball(path)
    sync_file(path)
    return report
