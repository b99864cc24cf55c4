"""The stand-in hosts as an SSH client meets them."""

import io
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import paramiko
import pytest

from demo.fleet import Fleet, StandInHost
from demo.processes import processes_of
from tests.demo.conftest import make_builder

PATIENCE = 10.0
KEY = paramiko.RSAKey.generate(2048)
PUBLIC_KEY = f"{KEY.get_name()} {KEY.get_base64()}"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    directory = tmp_path_factory.mktemp("fleet")
    with Fleet(directory, ["forge", "web"], authorized_keys=[PUBLIC_KEY], pace=0.0) as fleet:
        yield fleet


@pytest.fixture
def host(fleet: Fleet) -> StandInHost:
    return fleet["forge"]


def connect(host: StandInHost, key: paramiko.PKey = KEY) -> paramiko.SSHClient:
    client = paramiko.SSHClient()
    keys = client.get_host_keys()
    kind, _, encoded = host.host_key.partition(" ")
    entry = paramiko.hostkeys.HostKeyEntry.from_line(f"[127.0.0.1]:{host.port} {kind} {encoded}")
    assert entry is not None
    assert entry.key is not None
    keys.add(f"[127.0.0.1]:{host.port}", kind, entry.key)
    client.connect(
        host.address,
        host.port,
        "root",
        pkey=key,
        allow_agent=False,
        look_for_keys=False,
    )
    return client


@pytest.fixture
def client(host: StandInHost) -> Iterator[paramiko.SSHClient]:
    with connect(host) as client:
        yield client


def run(client: paramiko.SSHClient, command: str, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
    given, out, err = client.exec_command(command)
    with suppress(OSError):  # the command may have ended without reading it all
        given.channel.sendall(stdin)
        given.channel.shutdown_write()
    stdout, stderr = out.read(), err.read()
    return out.channel.recv_exit_status(), stdout, stderr


def eventually(question: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if question():
            return True
        time.sleep(0.01)
    return question()


@pytest.mark.parametrize(
    ("command", "stdin", "expected"),
    [
        ("echo out; echo err >&2; exit 7", b"", (7, b"out\n", b"err\n")),
        ("cat", b"a\0b" * 100_000, (0, b"a\0b" * 100_000, b"")),
        ("head -c 3; exit 4", b"abc" * 500_000, (4, b"abc", b"")),
        ("kill -KILL $$", b"", (-1, b"", b"")),
        ("no-such-command 2>/dev/null", b"", (127, b"", b"")),
        ('case "$PATH" in "$PWD/bin:"*) echo first;; esac', b"", (0, b"first\n", b"")),
        ('case "$HOME" in "$PWD"/*) echo inside;; esac', b"", (0, b"inside\n", b"")),
    ],
)
def test_runs_commands_as_sshd_does(
    client: paramiko.SSHClient, command: str, stdin: bytes, expected: tuple[int, bytes, bytes]
) -> None:
    assert run(client, command, stdin) == expected


def test_streams_more_than_a_window(client: paramiko.SSHClient) -> None:
    status, out, _ = run(client, "head -c 5000000 /dev/zero")
    assert (status, len(out)) == (0, 5_000_000)


def test_output_arrives_while_the_command_runs(client: paramiko.SSHClient) -> None:
    stdin, out, _ = client.exec_command("echo ready; read line; echo got $line")
    assert out.readline() == "ready\n"
    stdin.write("it\n")
    stdin.flush()
    assert out.readline() == "got it\n"


def test_refuses_a_key_that_is_not_authorized(host: StandInHost) -> None:
    with pytest.raises(paramiko.AuthenticationException):
        connect(host, paramiko.RSAKey.generate(2048))


def test_shows_another_host_key_after_a_reinstallation(fleet: Fleet) -> None:
    host = fleet["web"]
    before = host.host_key
    host.change_host_key()
    assert host.host_key != before
    with connect(host) as client:
        assert run(client, "true")[0] == 0


def test_moves_files_over_sftp(client: paramiko.SSHClient, host: StandInHost) -> None:
    path = str(host.directory / "tmp" / "moved")
    content = bytes(range(256)) * 5000
    with client.open_sftp() as sftp:
        sftp.putfo(io.BytesIO(content), f"{path}.new")
        sftp.chmod(f"{path}.new", 0o640)
        sftp.posix_rename(f"{path}.new", path)
        received = io.BytesIO()
        sftp.getfo(path, received, prefetch=True)
        assert received.getvalue() == content
        assert (sftp.stat(path).st_mode or 0) & 0o777 == 0o640
        with sftp.open(path) as file:
            file.seek(1000)
            assert file.read(10) == content[1000:1010]
        assert "moved" in sftp.listdir(str(host.directory / "tmp"))
        sftp.remove(path)
        with pytest.raises(FileNotFoundError):
            sftp.stat(path)


def test_a_detached_process_outlives_its_connection(host: StandInHost) -> None:
    with connect(host) as client:
        run(client, "setsid sh -c 'echo $$ >tmp/pid; exec sleep 60' </dev/null >/dev/null 2>&1 &")
    host.cut()
    pid = host.directory / "tmp/pid"
    assert eventually(lambda: pid.exists() and pid.read_text().strip() != "")
    assert int(pid.read_text()) in processes_of(host.directory)
    host.reboot()


def test_a_reboot_ends_everything_and_the_host_comes_back(host: StandInHost) -> None:
    port = host.port
    with connect(host) as client:
        run(client, "env -i PATH=$PATH setsid sleep 60 </dev/null >/dev/null 2>&1 &")
        run(client, "env -i setsid sleep 60 </dev/null >/dev/null 2>&1 &")
        assert eventually(lambda: len(processes_of(host.directory)) >= 2)
        host.reboot()
        assert processes_of(host.directory) == []
    assert host.port == port
    with connect(host) as client:
        assert run(client, "true")[0] == 0


def test_a_cut_drops_connections_and_a_host_that_is_down_refuses_new_ones(
    host: StandInHost,
) -> None:
    with connect(host) as client:
        transport = client.get_transport()
        assert transport is not None
        host.cut()
        assert eventually(lambda: not transport.is_active())
    host.down()
    with pytest.raises(paramiko.ssh_exception.NoValidConnectionsError):
        connect(host)
    host.up()
    with connect(host) as client:
        assert run(client, "true")[0] == 0


def test_a_full_disk_stops_sftp_and_builds(
    builder: StandInHost, client: paramiko.SSHClient
) -> None:
    builder.fill_disk()
    try:
        with client.open_sftp() as sftp, pytest.raises(OSError, match="Failure"):
            sftp.putfo(io.BytesIO(b"x"), str(builder.directory / "tmp/x"))
        status, _, err = run(client, "cave resolve -x -1 -m binaries sys-libs/inkwell")
        assert status == 1
        assert b"No space left on device" in err
    finally:
        builder.free_disk()
    assert run(client, "cave resolve -x -1 -m binaries sys-libs/inkwell")[0] == 0


@pytest.fixture
def builder(host: StandInHost) -> StandInHost:
    """The host with a binary repository, as an administrator would have set it up."""
    make_builder(host.directory)
    return host


def test_killing_only_the_leader_leaves_the_build_running(
    builder: StandInHost, tmp_path: Path
) -> None:
    """FACTS 0.12: the pbin is written by a build whose cave is dead."""
    description = next(
        builder.directory.glob("var/db/paludis/repositories/arbor/packages/*/tally/*.conf")
    )
    gate = tmp_path / "gate"
    description.write_text(f"{description.read_text()}waits_for = {gate}\n")
    with connect(builder) as client:
        run(
            client,
            "setsid cave resolve -x -1 -m binaries app-arch/tally </dev/null >tmp/log 2>&1 & "
            "echo $! >tmp/leader",
        )
        assert eventually(gate.with_name("gate.waiting").exists)
        run(client, "kill -KILL $(cat tmp/leader)")
        gate.touch()
        pbins = builder.directory / "var/db/paludis/repositories/pbins/packages/app-arch/tally"
        assert eventually(lambda: pbins.is_dir() and any(pbins.iterdir()))


@pytest.mark.parametrize(
    ("program", "seen"),
    [
        ("cave resolve -J 0", False),
        ("stdbuf -oL -eL cave resolve -J 0", True),
        ("cave resolve", True),
    ],
)
def test_block_buffers_into_a_file_unless_told_otherwise(
    builder: StandInHost, client: paramiko.SSHClient, program: str, *, seen: bool
) -> None:
    """FACTS 4.5: in the middle of a build, has anything of it reached the log?"""
    gate, log = builder.directory / "tmp/gate", builder.directory / "tmp/live.log"
    gate.unlink(missing_ok=True)
    arbor = builder.directory / "var/db/paludis/repositories/arbor/packages"
    description = next(arbor.glob("*/thimble/*.conf"))
    description.write_text(f"platforms = amd64\nwaits_for = {gate}\n")
    _, out, _ = client.exec_command(f"{program} -x1 -m binaries dev-libs/thimble >{log}")
    assert eventually(lambda: gate.with_name("gate.waiting").exists())
    assert ("Starting create binary" in log.read_text()) is seen
    gate.with_name("gate.waiting").unlink()
    gate.touch()
    assert out.channel.recv_exit_status() == 0
    assert "Starting create binary" in log.read_text()


def test_a_fleet_comes_back_with_its_ports_keys_and_files(tmp_path: Path) -> None:
    with Fleet(tmp_path, ["a", "b"]) as fleet:
        before = {name: (host.port, host.host_key) for name, host in fleet.hosts.items()}
        (fleet["a"].directory / "etc/paludis/options.conf").write_text("*/* doc\n")
    with Fleet(tmp_path, ["a", "b"]) as fleet:
        after = {name: (host.port, host.host_key) for name, host in fleet.hosts.items()}
        assert (fleet["a"].directory / "etc/paludis/options.conf").read_text() == "*/* doc\n"
    assert after == before
