"""Tarballs copied one by one, several at once, each read to its end while it comes."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

from pbins.models import Repository
from pbins.services.places import places
from pbins.services.room import check_room
from pbins.storage.errors import BrokenTarball, StorageError, StorageFull
from pbins.storage.growing import CutShort, Follower, Growing
from pbins.storage.incoming import Incoming
from pbins.storage.paths import is_file_name
from pbins.storage.tarball import TarballReport, read_tarball_stream
from pbins.transport.contract import Writable
from pbins.transport.errors import RemoteFileError, RemoteFileMissing, TransportError

AT_ONCE = 3  # sshd allows ten sessions on a connection, and others need some
READERS = max(2, os.cpu_count() or 2)
Fetch = Callable[[str, Writable, int], object]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of one tarball: what was read in it, or in words why it can't be had."""

    name: str
    report: TarballReport | None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Copies:
    """From one place into one of our directories.

    ``fetch`` writes a file, by its name, from an offset on; ``place`` follows "is not". ``sums``
    are the SHA-256 that some must have.
    """

    fetch: Fetch
    place: str
    incoming: Incoming
    readers: ThreadPoolExecutor
    sums: Mapping[str, str] = field(default_factory=dict)

    def each(self, sizes: Mapping[str, int]) -> Iterator[list[Taken]]:
        """Those of so many bytes; what ends it all is raised when every copy has ended."""
        fatal: list[Exception] = []
        with ThreadPoolExecutor(AT_ONCE, "copier") as copiers:
            copies = [copiers.submit(self._bring, *one, fatal) for one in sizes.items()]
            for copy in as_completed(copies):
                try:
                    yield [copy.result()]
                except (TransportError, StorageFull) as error:
                    fatal.append(error)
        if fatal:
            raise fatal[0]

    def absent(self, name: str) -> Taken:
        if is_file_name(name):
            return Taken(name, None, f"Its tarball {name} is not {self.place}.")
        return Taken(name, None, f"Its tarball can't be served: {name!r} is not a plain file name")

    def judged(self, name: str, proof: Future[TarballReport]) -> Taken:
        """What reading it to its end told."""
        try:
            report = proof.result()
        except (BrokenTarball, CutShort) as error:
            return _refused(name, error)
        wanted = self.sums.get(name)
        if wanted and report.sha256 != wanted:
            other = BrokenTarball(f"its SHA-256 is {report.sha256}, not {wanted}")
            return _refused(name, other)
        return Taken(name, report)

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
            taken = self.absent(name)
        except RemoteFileError as error:
            taken = Taken(name, None, f"Its tarball can't be read {self.place}: {error}")
        if taken.report is None:
            self.incoming.discard(name)
        return taken

    def _copy(self, name: str, size: int) -> Taken:
        with self.incoming.receive(name) as file:
            growing = Growing(file, self.incoming.path(name), size)
            proof = self.readers.submit(_read, growing)
            try:
                if growing.come < size:
                    self.fetch(name, growing, growing.come)
            except StorageFull:
                raise
            except StorageError as error:
                return _refused(name, error)
            finally:
                growing.end()
        return self.judged(name, proof)


def coming(repository: Repository) -> Incoming:
    """Where the tarballs of a repository are while they come in."""
    return Incoming(places().incoming / repository.name)


def _read(growing: Growing) -> TarballReport:
    with Follower(growing) as file:
        return read_tarball_stream(file)


def _refused(name: str, error: StorageError) -> Taken:
    return Taken(name, None, f"Its tarball can't be served: {error}")
