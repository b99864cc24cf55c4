import contextlib
import errno
import io
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pbins.transport import ssh
from pbins.transport.contract import Completed
from pbins.transport.errors import (
    CommandTimeout,
    ConnectionLost,
    RemoteFileError,
    RemoteFileMissing,
    SudoRefused,
)
from pbins.transport.ssh import SshTransport, connect
from tests.sshd import Sshd, serving

pytestmark = pytest.mark.sshd

BYTES = random.Random(1).randbytes(16 * 2**20)  # several times what SSH has under way at once


@pytest.fixture
def by_sudo(sshd: Sshd, host: SshTransport) -> SshTransport:
    """The same connection, used as one whose user is not root."""
    return SshTransport(host._ssh, address=sshd.address, sudo=True)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """A host that has no sftp-server where its configuration says."""
    with serving(tmp_path_factory.mktemp("bare"), sftp="/nonexistent/sftp-server") as server:
        yield server


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large tarball"
    path.write_bytes(BYTES)
    return path


def test_a_command_ends_with_its_status_and_both_streams(host: SshTransport) -> None:
    done = host.run("printf out; printf err >&2; exit 3")
    assert done == Completed(3, b"out", b"err")


def test_bytes_are_not_changed_on_the_way(host: SshTransport) -> None:
    every = bytes(range(256)) * 3
    assert host.run("cat", stdin=every).stdout == every


def test_ten_megabytes_go_each_way_at_once(host: SshTransport) -> None:
    content = BYTES[:10_000_000]
    done = host.run("tee /dev/stderr", stdin=content)
    assert (done.exit, done.stdout == content, done.stderr == content) == (0, True, True)


def test_ten_megabytes_that_nobody_reads_do_no_harm(host: SshTransport) -> None:
    assert host.run("exit 4", stdin=BYTES[:10_000_000]).exit == 4


def test_a_command_that_a_signal_ended_has_the_shells_status(host: SshTransport) -> None:
    assert host.run("kill -KILL $$").exit == 137


def test_output_beyond_the_limit_keeps_its_tail_and_says_so(
    host: SshTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ssh, "OUTPUT_LIMIT", 1000)
    done = host.run("head -c 100000 /dev/zero; printf end; printf short >&2")
    assert (len(done.stdout), done.stdout[-4:], done.stderr) == (1000, b"\0end", b"short")
    assert done.dropped == 99003


@pytest.mark.parametrize(
    "command",
    [
        "sleep 20",
        "exec >&- 2>&-; sleep 20",
        "while :; do echo again; sleep 0.05; done",
        "sleep 20 >&2 &",
    ],
    ids=["silent", "streams closed", "chatty", "child holds a stream"],
)
def test_a_hung_command_is_given_up_in_time(host: SshTransport, command: str) -> None:
    started = time.monotonic()
    with pytest.raises(CommandTimeout) as caught:
        host.run(command, timeout=0.5)
    assert time.monotonic() - started < 10
    assert caught.value.seconds == 0.5
    assert host.run("echo next").stdout == b"next\n"


def test_a_hung_command_that_reads_nothing_is_given_up_in_time(host: SshTransport) -> None:
    with pytest.raises(CommandTimeout):
        host.run("sleep 20", stdin=BYTES, timeout=0.5)


def test_several_threads_share_a_connection(host: SshTransport) -> None:
    answers: dict[int, bytes] = {}

    def ask(number: int) -> None:
        answers[number] = host.run(f"echo {number}").stdout

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: f"{number}\n".encode() for number in range(5)}


def cut_when(sshd: Sshd, started: Path) -> threading.Thread:
    def wait_and_cut() -> None:
        until = time.monotonic() + 20
        while not started.exists() and time.monotonic() < until:
            time.sleep(0.01)
        sshd.cut()

    thread = threading.Thread(target=wait_and_cut)
    thread.start()
    return thread


def test_a_link_that_dies_under_a_command_is_told(
    sshd: Sshd, host: SshTransport, tmp_path: Path
) -> None:
    started, stop = tmp_path / "started", tmp_path / "stop"
    cutter = cut_when(sshd, started)
    with pytest.raises(ConnectionLost) as caught:
        host.run(f"echo begun; touch {started}; until [ -e {stop} ]; do sleep 0.1; done")
    cutter.join()
    stop.touch()
    assert not caught.value.permanent
    assert not host.alive


def test_a_frozen_host_is_a_lost_one_and_its_connection_is_not_kept(
    sshd: Sshd, host: SshTransport
) -> None:
    with sshd.frozen(), pytest.raises(ConnectionLost):
        host.run(":", timeout=0.3)
    assert not host.alive


def test_more_sessions_than_the_host_allows_leave_the_connection_open(host: SshTransport) -> None:
    sessions = [host._ssh.open_session() for _ in range(10)]  # OpenSSH's MaxSessions
    with pytest.raises(ConnectionLost, match="MaxSessions"):
        host.run(":")
    assert host.alive
    assert len(sessions) == 10


@pytest.mark.parametrize(
    "use",
    [
        lambda host: host.run(":"),
        lambda host: host.read("/etc/passwd"),
        lambda host: host.write("/tmp/never-written", b""),
        lambda host: host.download("/etc/passwd", io.BytesIO()),
    ],
    ids=["run", "read", "write", "download"],
)
def test_a_closed_connection_is_a_lost_one(
    host: SshTransport, use: Callable[[SshTransport], object]
) -> None:
    host.close()
    host.close()
    with pytest.raises(ConnectionLost):
        use(host)


@pytest.mark.parametrize(
    ("offset", "limit"),
    [(0, 10), (0, 2**25), (5, 1), (2**24 - 3, 100), (2**24, 1), (2**24 + 5, 1), (7, 0)],
)
def test_a_file_is_read_by_offset_and_limit(
    host: SshTransport, large: Path, offset: int, limit: int
) -> None:
    assert host.read(str(large), offset=offset, limit=limit) == BYTES[offset : offset + limit]


def test_a_far_offset_is_reached_without_reading_up_to_it(
    host: SshTransport, tmp_path: Path
) -> None:
    sparse = tmp_path / "log"
    with sparse.open("wb") as file:
        file.seek(2**40)
        file.write(b"last line\n")
    assert host.read(str(sparse), offset=2**40) == b"last line\n"


def test_a_missing_file_is_told(host: SshTransport, tmp_path: Path) -> None:
    missing = str(tmp_path / "missing")
    with pytest.raises(RemoteFileMissing, match="missing"):
        host.read(missing)
    with pytest.raises(RemoteFileMissing, match="missing"):
        host.download(missing, io.BytesIO())


def test_a_directory_is_no_file_to_read(host: SshTransport, tmp_path: Path) -> None:
    with pytest.raises(RemoteFileMissing):
        host.read(str(tmp_path))
    with pytest.raises(RemoteFileMissing):
        host.download(str(tmp_path), io.BytesIO())


@pytest.mark.parametrize("content", [b"", b"\0\xff\r\n'", BYTES], ids=["empty", "odd", "large"])
def test_a_file_is_written_as_it_is(host: SshTransport, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "it's a file"
    path.write_text("before")
    host.write(str(path), content, mode=0o600)
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_can_not_be_written_is_told_with_the_hosts_words(
    host: SshTransport, tmp_path: Path
) -> None:
    with pytest.raises(RemoteFileError, match=r"(?i)no such|nonexistent"):
        host.write(f"{tmp_path}/missing/file", b"content")


def test_a_download_is_whole(host: SshTransport, large: Path) -> None:
    into = io.BytesIO()
    assert host.download(str(large), into) == len(BYTES)
    assert into.getvalue() == BYTES


def test_a_download_without_sftp_on_the_host_is_whole(bare: Sshd, large: Path) -> None:
    into = io.BytesIO()
    with connect(bare.address, private_key=bare.private_key, host_key=bare.host_key) as host:
        assert host.download(str(large), into, offset=99) == len(BYTES) - 99
        with pytest.raises(RemoteFileMissing):
            host.download(f"{large}.missing", into)
    assert into.getvalue() == BYTES[99:]


@pytest.mark.parametrize("offset", [len(BYTES), len(BYTES) + 10])
def test_nothing_is_left_to_download_behind_the_end(
    host: SshTransport, large: Path, offset: int
) -> None:
    assert host.download(str(large), io.BytesIO(), offset=offset) == 0


class Cutting(io.BytesIO):
    """Cuts the link at the first bytes."""

    def __init__(self, sshd: Sshd) -> None:
        super().__init__()
        self._sshd = sshd

    def write(self, content: bytes) -> int:  # type: ignore[override]
        self._sshd.cut()
        return super().write(content)


@pytest.mark.parametrize("server", ["sshd", "bare"])
def test_a_cut_download_goes_on_where_it_ended(
    request: pytest.FixtureRequest, large: Path, server: str
) -> None:
    sshd: Sshd = request.getfixturevalue(server)
    into = Cutting(sshd)
    with (
        connect(sshd.address, private_key=sshd.private_key, host_key=sshd.host_key) as first,
        pytest.raises(ConnectionLost),
    ):
        first.download(str(large), into)
    content = into.getvalue()
    assert 0 < len(content) < len(BYTES)
    rest = io.BytesIO()
    with connect(sshd.address, private_key=sshd.private_key, host_key=sshd.host_key) as second:
        second.download(str(large), rest, offset=len(content))
    assert content + rest.getvalue() == BYTES


class Full(io.BytesIO):
    def write(self, content: bytes) -> int:  # type: ignore[override]
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("server", ["sshd", "bare"])
def test_a_full_disk_here_is_not_taken_for_the_hosts(
    request: pytest.FixtureRequest, large: Path, server: str
) -> None:
    sshd: Sshd = request.getfixturevalue(server)
    with connect(sshd.address, private_key=sshd.private_key, host_key=sshd.host_key) as host:
        with pytest.raises(OSError, match="No space left"):
            host.download(str(large), Full())
        assert host.run("echo next").stdout == b"next\n"


def test_another_user_does_everything_through_sudo(by_sudo: SshTransport, large: Path) -> None:
    assert by_sudo.run("cat; exit 2", stdin=b"in").stdout == b"in"
    assert by_sudo.read(str(large), offset=5, limit=10) == BYTES[5:15]
    by_sudo.write(str(large), b"it's\\n!")
    assert large.read_bytes() == b"it's\\n!"


def test_a_sudo_that_asks_is_told_with_the_line_to_add(sshd: Sshd, by_sudo: SshTransport) -> None:
    with sshd.refusing_sudo():
        for use in (by_sudo.run, by_sudo.read):
            with pytest.raises(SudoRefused, match="a password is required") as caught:
                use("/etc/passwd")
    assert caught.value.permanent
    assert f"{sshd.address.user} ALL=(root) NOPASSWD: ALL" in str(caught.value)


def test_a_host_without_sudo_is_told(sshd: Sshd, by_sudo: SshTransport) -> None:
    program = sshd.directory / "bin/sudo"
    with moved_away(program):
        program.write_text("#!/bin/sh\necho 'sh: 1: sudo: not found' >&2\nexit 127\n")
        program.chmod(0o755)
        with pytest.raises(SudoRefused, match="sudo: not found"):
            by_sudo.run(":")


@contextlib.contextmanager
def moved_away(path: Path) -> Iterator[None]:
    away = path.rename(path.with_suffix(".away"))
    try:
        yield
    finally:
        away.rename(path)


def test_a_command_that_fails_and_speaks_of_sudo_is_not_a_refusal(by_sudo: SshTransport) -> None:
    done = by_sudo.run("echo 'sudo: a password is required' >&2; exit 1")
    assert (done.exit, done.stderr) == (1, b"sudo: a password is required\n")
