"""Tarballs on their way in from a builder: many at once, and each read to its end while it comes.

One question tells of all what the builder has. Small ones come together, as one tar stream a
bundle; large ones by SFTP, several at once, each going on where it was cut. Threads copy and read;
whoever asked stores what came, between the batches.
"""

import os
import shlex
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import PurePosixPath

from pbins.models import Host, Repository
from pbins.services.bundles import packed
from pbins.services.drafts import must
from pbins.services.layouts import distdir_on
from pbins.services.places import places
from pbins.services.remote import searching
from pbins.services.room import check_room
from pbins.storage.bundle import unpack
from pbins.storage.errors import BrokenTarball, StorageError, StorageFull
from pbins.storage.growing import CutShort, Follower, Growing
from pbins.storage.incoming import Incoming, alone
from pbins.storage.paths import is_file_name
from pbins.storage.tarball import TarballReport, read_tarball, read_tarball_stream
from pbins.transport.contract import Transport
from pbins.transport.errors import RemoteFileError, RemoteFileMissing, TransportError

SMALL = 2**20
BUNDLE_BYTES = 64 * 2**20
BUNDLE_FILES = 250
AT_ONCE = 3  # large ones; sshd allows ten sessions on a connection, and others need some
READERS = max(2, os.cpu_count() or 2)
STATES = """\
cd {distdir} 2>/dev/null || exit 0
tr '\\n' '\\0' | xargs -0 -r stat -c '%f %s %n' -- 2>/dev/null
exit 0
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one tarball: what was read in it, or in words why it can't be had."""

    name: str
    report: TarballReport | None
    trouble: str = ""


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
    # Names of tarballs are a builder's own, so two can meet only where both take from one.
    with (
        alone(places().incoming / f"{host.name}.lock"),
        ThreadPoolExecutor(READERS, "reader") as readers,
    ):
        intake = _Intake(transport, distdir_on(host, repository), coming(repository), readers)
        sizes = intake.sizes(names)
        yield [_absent(name) for name in names if name not in sizes]
        for bundle in intake.bundles(sizes):
            say(f"Takes {len(bundle)} tarballs over from {host.name} together.")
            came = intake.bring_together(bundle)
            yield came
            for one in came:
                del sizes[one.name]
        if sizes:
            what = next(iter(sizes)) if len(sizes) == 1 else f"{len(sizes)} tarballs"
            say(f"Takes {what} over from {host.name}.")
        yield from intake.bring_each(sizes)


def coming(repository: Repository) -> Incoming:
    """Where the tarballs of a repository are while they come in."""
    return Incoming(places().incoming / repository.name)


@dataclass(frozen=True, slots=True)
class _Intake:
    """From one directory of one builder into one of ours."""

    transport: Transport
    distdir: PurePosixPath
    incoming: Incoming
    readers: ThreadPoolExecutor

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
            if size <= SMALL and self.incoming.received(name) != size
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
        proofs: dict[str, Future[TarballReport]] = {}
        with packed(self.transport, self.distdir, list(bundle)) as stream:
            for name in unpack(stream, bundle, self.incoming):
                proofs[name] = self.readers.submit(read_tarball, self.incoming.path(name))
        judged = (_judged(name, proof) for name, proof in proofs.items())
        return [taken for taken in judged if taken.report]

    def bring_each(self, sizes: Mapping[str, int]) -> Iterator[list[Taken]]:
        """By SFTP, several at once; what ends it all is raised when every copy has ended."""
        fatal: list[Exception] = []
        with ThreadPoolExecutor(AT_ONCE, "copier") as copiers:
            copies = [copiers.submit(self._bring, *each, fatal) for each in sizes.items()]
            for copy in as_completed(copies):
                try:
                    yield [copy.result()]
                except (TransportError, StorageFull) as error:
                    fatal.append(error)
        if fatal:
            raise fatal[0]

    def _bring(self, name: str, size: int, fatal: Sequence[Exception]) -> Taken:
        """What had come in part may have been spoilt since: then once more from its first byte."""
        if fatal:
            raise fatal[0]
        had = self.incoming.received(name)
        taken = self._bring_once(name, size)
        if had and taken.report is None:
            taken = self._bring_once(name, size)
        return taken

    def _bring_once(self, name: str, size: int) -> Taken:
        if self.incoming.received(name) > size:
            self.incoming.discard(name)
        check_room(size - self.incoming.received(name))
        try:
            taken = self._copy(name, size)
        except RemoteFileMissing:
            taken = _absent(name)
        except RemoteFileError as error:
            taken = Taken(name, None, f"Its tarball can't be read on the builder: {error}")
        if taken.report is None:
            self.incoming.discard(name)
        return taken

    def _copy(self, name: str, size: int) -> Taken:
        with self.incoming.receive(name) as file:
            growing = Growing(file, self.incoming.path(name), size)
            proof = self.readers.submit(_read, growing)
            try:
                if growing.come < size:
                    self.transport.download(str(self.distdir / name), growing, offset=growing.come)
            except StorageFull:
                raise
            except StorageError as error:
                return _refused(name, error)
            finally:
                growing.end()
        return _judged(name, proof)


def _read(growing: Growing) -> TarballReport:
    with Follower(growing) as file:
        return read_tarball_stream(file)


def _judged(name: str, proof: Future[TarballReport]) -> Taken:
    try:
        return Taken(name, proof.result())
    except (BrokenTarball, CutShort) as error:
        return _refused(name, error)


def _refused(name: str, error: StorageError) -> Taken:
    return Taken(name, None, f"Its tarball can't be served: {error}")


def _absent(name: str) -> Taken:
    if is_file_name(name):
        return Taken(name, None, f"Its tarball {name} is not on the builder.")
    return Taken(name, None, f"Its tarball can't be served: {name!r} is not a plain file name")
