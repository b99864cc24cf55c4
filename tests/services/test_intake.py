"""Tarballs come from a builder over real SSH, in spite of cuts, kills, lies and other takers."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
from pytest_django import Settings

from pbins.models import Host, Repository, Tarball
from pbins.services import admitting, intake
from pbins.services.admitting import admit_all
from pbins.services.copying import Taken, coming
from pbins.services.intake import take_over
from pbins.services.layouts import distdir_on
from pbins.storage.bundle import unpack
from pbins.storage.errors import BelowFloor
from pbins.storage.growing import Growing
from pbins.transport.contract import Completed, Transport, Writable
from pbins.transport.errors import ConnectionLost
from pbins.transport.ssh import SshTransport, connect
from tests.factories import make_host
from tests.sshd import Sshd, sshd
from tests.stock import tarball_bytes
from tests.storage.archives import plain_file, tar, tarball

NAMES = [f"pbins--sys-test--hello-{number}--C.1.1.1.C.tar.bz2" for number in range(6)]
LARGE = "pbins--sys-test--large-1--C.1.1.1.C.tar.bz2"
Door = Callable[[], SshTransport]
__all__ = ["sshd"]


@pytest.fixture
def builder(repository: Repository, tmp_path: Path) -> Host:
    """A machine with nothing but an SSH server and this directory."""
    host = make_host(is_builder=True)
    host.prefix = str(tmp_path)
    Path(distdir_on(host, repository)).mkdir(parents=True)
    return host


@pytest.fixture
def distdir(builder: Host, repository: Repository) -> Path:
    """What the builder has: small ones, and one that is too large for a bundle."""
    directory = Path(distdir_on(builder, repository))
    for name in NAMES:
        (directory / name).write_bytes(tarball_bytes(name))
    (directory / LARGE).write_bytes(large())
    return directory


@cache
def large() -> bytes:
    """Too large for a bundle, because nothing makes noise smaller."""
    noise = os.urandom(1200 * 2**10)
    environment = plain_file("PBIN/environment", b"PN=large\n")
    return tarball(plain_file("usr/lib/large", noise), environment)


@pytest.fixture
def door(sshd: Sshd) -> Iterator[Door]:
    """A new connection each time, without a word to the database."""
    opened: list[SshTransport] = []

    def open_door() -> SshTransport:
        transport = connect(sshd.address, private_key=sshd.private_key, host_key=sshd.host_key)
        opened.append(transport)
        return transport

    yield open_door
    for transport in opened:
        transport.close()


@dataclass(slots=True)
class Wrapped:
    """A connection whose answers may be other ones; ``asked`` are the calls."""

    real: Transport
    packs: bytes | None = None
    states: Callable[[bytes], bytes] = lambda told: told
    asked: list[str] = field(default_factory=list)

    def run(self, command: str, *, stdin: bytes = b"", timeout: float = 60.0) -> Completed:
        self.asked.append("run")
        done = self.real.run(command, stdin=stdin, timeout=timeout)
        return Completed(done.exit, self.states(done.stdout), done.stderr)

    def stream(self, command: str, into: Writable, *, stdin: bytes = b"") -> Completed:
        self.asked.append("stream")
        if self.packs is not None:
            into.write(self.packs)
            return Completed(0, b"", b"")
        return self.real.stream(command, into, stdin=stdin)

    def download(self, path: str, into: Writable, *, offset: int = 0) -> int:
        self.asked.append(f"download from {offset}")
        return self.real.download(path, into, offset=offset)

    def read(self, path: str, *, offset: int = 0, limit: int = 2**20) -> bytes:
        return self.real.read(path, offset=offset, limit=limit)

    def write(self, path: str, content: bytes, *, mode: int = 0o644) -> None:
        self.real.write(path, content, mode=mode)

    def close(self) -> None:
        self.real.close()


def take(
    repository: Repository, builder: Host, transport: Transport, names: list[str]
) -> dict[str, Taken]:
    batches = take_over(
        repository=repository, host=builder, transport=transport, names=names, say=len
    )
    return {one.name: one for batch in batches for one in batch}


def are_whole(repository: Repository, distdir: Path, names: list[str]) -> bool:
    path = coming(repository).path
    return all(path(name).read_bytes() == (distdir / name).read_bytes() for name in names)


def test_many_small_ones_cost_one_question_and_one_stream(
    repository: Repository, builder: Host, distdir: Path, door: Door
) -> None:
    transport = Wrapped(door())
    taken = take(repository, builder, transport, NAMES)
    assert transport.asked == ["run", "stream"]
    assert {name: one.trouble for name, one in taken.items()} == dict.fromkeys(NAMES, "")
    assert are_whole(repository, distdir, NAMES)


def test_a_large_one_comes_by_itself_and_what_is_not_there_is_told(
    repository: Repository, builder: Host, distdir: Path, door: Door
) -> None:
    transport = Wrapped(door())
    absent, link = "pbins--a--absent-1--C.1.1.1.C.tar.bz2", "pbins--a--link-1--C.1.1.1.C.tar.bz2"
    (distdir / link).symlink_to("/etc/passwd")
    taken = take(repository, builder, transport, [*NAMES, LARGE, absent, link, "../../etc/passwd"])
    assert transport.asked == ["run", "stream", "download from 0"]
    assert taken[absent].trouble == f"Its tarball {absent} is not on the builder."
    assert taken[link].report is None
    assert "not a plain file name" in taken["../../etc/passwd"].trouble
    report = taken[LARGE].report
    assert report is not None
    assert report.size == (distdir / LARGE).stat().st_size
    assert are_whole(repository, distdir, [*NAMES, LARGE])


def test_a_broken_one_is_told_and_keeps_no_other_from_coming(
    repository: Repository, builder: Host, distdir: Path, door: Door
) -> None:
    (distdir / NAMES[2]).write_bytes(tarball_bytes()[:-7])
    taken = take(repository, builder, door(), NAMES)
    assert [name for name, one in taken.items() if one.report is None] == [NAMES[2]]
    assert "not a whole tarball" in taken[NAMES[2]].trouble
    assert not coming(repository).path(NAMES[2]).exists()


@pytest.mark.parametrize("name", [LARGE, NAMES[0]])
def test_what_was_cut_goes_on_where_it_was_and_what_was_spoilt_begins_anew(
    repository: Repository, builder: Host, distdir: Path, door: Door, name: str
) -> None:
    content = (distdir / name).read_bytes()
    for had, asked in ((content[:90], [90]), (b"\0" * 90, [90, 0]), (content + b"x", [0])):
        coming(repository).discard(name)
        with coming(repository).receive(name) as file:
            file.write(had)
        transport = Wrapped(door())
        assert take(repository, builder, transport, [name])[name].report is not None
        assert transport.asked == ["run", *(f"download from {offset}" for offset in asked)]
        assert are_whole(repository, distdir, [name])


@pytest.mark.parametrize("point", ["bundle", "download"])
@pytest.mark.parametrize("how", ["cut", "kill"])
def test_a_cut_or_a_kill_in_the_middle_leaves_what_the_next_goes_on_with(
    repository: Repository,
    builder: Host,
    distdir: Path,
    door: Door,
    monkeypatch: pytest.MonkeyPatch,
    point: str,
    how: str,
) -> None:
    names = [*NAMES, LARGE]
    with monkeypatch.context() as patch:
        end = Ending(door, how)
        if point == "bundle":
            patch.setattr(intake, "unpack", end.after(unpack, 3))
        else:
            patch.setattr(Growing, "write", end.after_writes(Growing.write, 3))
        if how == "kill":
            in_a_child(lambda: take(repository, builder, door(), names))
        elif end.transport:
            with pytest.raises(ConnectionLost):
                take(repository, builder, end.transport, names)
    there = [name for name in names if coming(repository).received(name)]
    assert len(there) == (3 if point == "bundle" else 7)
    transport = Wrapped(door())
    taken = take(repository, builder, transport, names)
    assert all(one.report for one in taken.values()), taken
    assert are_whole(repository, distdir, names)
    assert transport.asked.count("stream") == (1 if point == "bundle" else 0)


class Ending:
    """The end of a connection, or of the process, at a certain point."""

    def __init__(self, door: Door, how: str) -> None:
        self.how = how
        self.transport = door() if how == "cut" else None

    def __call__(self) -> None:
        if self.transport is None:
            os.kill(os.getpid(), signal.SIGKILL)
        else:
            self.transport.close()

    def after(self, act: Callable[..., Iterator[str]], count: int) -> Callable[..., Iterator[str]]:
        def ending(*args: object) -> Iterator[str]:
            for number, name in enumerate(act(*args), 1):
                yield name
                if number == count:
                    self()
                    raise ConnectionLost(address="x", reason="cut")  # type: ignore[arg-type]

        return ending

    def after_writes(self, act: Callable[..., int], count: int) -> Callable[..., int]:
        written = iter(range(1, 1000))

        def ending(growing: Growing, chunk: bytes) -> int:
            done = act(growing, chunk)
            if growing.size > 2**20 and next(written) == count:
                self()
            return done

        return ending


def in_a_child(work: Callable[[], object]) -> None:
    """What is killed must not be the tests."""
    pid = os.fork()
    if pid == 0:
        work()
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status)


HOSTILE = tar(
    plain_file("../../../tmp/escaped", b"x"), plain_file(NAMES[0], b"not what it should be")
)


@pytest.mark.parametrize("packs", [HOSTILE, b"", b"\0" * 20_000, b"x" * 20_000])
def test_a_hostile_bundle_brings_nothing_and_the_tarballs_come_one_by_one(
    repository: Repository, builder: Host, distdir: Path, door: Door, packs: bytes
) -> None:
    transport = Wrapped(door(), packs=packs)
    taken = take(repository, builder, transport, NAMES)
    assert all(one.report for one in taken.values())
    assert are_whole(repository, distdir, NAMES)
    assert transport.asked.count("download from 0") == len(NAMES)
    assert {path.name for path in coming(repository).root.iterdir()} == set(NAMES)


@pytest.mark.parametrize(("lie", "told"), [(-9, "does not end after"), (9, "was cut after")])
def test_a_builder_that_lies_about_sizes_is_not_believed(
    repository: Repository, builder: Host, distdir: Path, door: Door, lie: int, told: str
) -> None:
    def lied(listing: bytes) -> bytes:
        mode, size, name = listing.decode().strip().split(" ", 2)
        return f"{mode} {int(size) + lie} {name}\n".encode()

    taken = take(repository, builder, Wrapped(door(), states=lied), [LARGE])
    assert told in taken[LARGE].trouble
    assert not coming(repository).path(LARGE).exists()


def test_more_than_there_is_room_for_is_not_begun(
    repository: Repository, builder: Host, distdir: Path, door: Door
) -> None:
    def huge(listing: bytes) -> bytes:
        mode, _, name = listing.decode().strip().split(" ", 2)
        return f"{mode} {2**60} {name}\n".encode()

    with pytest.raises(BelowFloor, match="are to come"):
        take(repository, builder, Wrapped(door(), states=huge), [LARGE])


def test_two_collectors_at_once_both_have_all_of_it(
    repository: Repository, builder: Host, distdir: Path, door: Door
) -> None:
    names, ends = [*NAMES, LARGE], []

    def collect(transport: Transport) -> None:
        ends.append(take(repository, builder, transport, names))

    threads = [threading.Thread(target=collect, args=(door(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [all(one.report for one in end.values()) for end in ends] == [True, True]
    assert are_whole(repository, distdir, names)


def test_a_kill_between_file_and_row_is_mended_by_the_next_try(
    repository: Repository,
    builder: Host,
    distdir: Path,
    door: Door,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("pbins.services.admitting.note_taken", killed)
        with pytest.raises(KeyboardInterrupt):
            admit_all(repository, list(take(repository, builder, door(), NAMES).values()))
    assert not Tarball.objects.exists()
    taken = take(repository, builder, door(), NAMES)
    came, refused = admitting.admit_all(repository, list(taken.values()))
    assert (sorted(came), refused) == (NAMES, {})
    assert not list(coming(repository).root.iterdir())


def test_below_the_floor_nothing_is_taken_over(
    repository: Repository, builder: Host, distdir: Path, door: Door, settings: Settings
) -> None:
    settings.PBINS_DISK_FLOOR = 2**60
    with pytest.raises(BelowFloor):
        take(repository, builder, door(), NAMES)
    assert not coming(repository).root.exists()
