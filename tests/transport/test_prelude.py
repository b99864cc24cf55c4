import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest

from pbins.transport.errors import NoShell
from pbins.transport.prelude import MARK, Prelude
from pbins.transport.ssh import connect
from tests.sshd import Sshd

NOISE = """\
echo "Welcome to forge 9.1"
echo "Something is wrong" >&2
printf "no end of line"
"""


@contextmanager
def start_up_file(sshd: Sshd, text: str) -> Iterator[None]:
    """What bash reads when sshd starts it; other login shells have theirs."""
    if not pwd.getpwuid(os.getuid()).pw_shell.endswith("/bash"):
        pytest.skip("the login shell of whoever runs the tests is not bash")
    path = sshd.directory / ".bashrc"
    path.write_text(text)
    try:
        yield
    finally:
        path.unlink()


@pytest.mark.parametrize("size", [1, 7, 2**16])
def test_only_what_comes_after_the_mark_is_handed_on(size: int) -> None:
    got = bytearray()
    prelude = Prelude(got.extend)
    stream = BytesIO(b"hello\n" + MARK + b"out" + MARK + b"put")
    while chunk := stream.read(size):
        prelude.write(chunk)
    assert (prelude.is_over, prelude.said, bytes(got)) == (True, "hello", b"out" + MARK + b"put")


def test_without_a_mark_nothing_is_handed_on() -> None:
    got = bytearray()
    prelude = Prelude(got.extend)
    prelude.write(b"This account is currently not available.\n")
    assert (prelude.is_over, bytes(got)) == (False, b"")
    assert prelude.said == "This account is currently not available."


def test_a_start_up_file_that_prints_is_not_taken_for_the_command(
    sshd: Sshd, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"\0content")
    with (
        start_up_file(sshd, NOISE),
        connect(sshd.address, private_key=sshd.private_key, host_key=sshd.host_key) as host,
    ):
        done = host.run("echo out; echo err >&2; exit 3")
        assert (done.exit, done.stdout, done.stderr) == (3, b"out\n", b"err\n")
        assert host.read(str(path)) == b"\0content"
        into = BytesIO()
        assert host.download(str(path), into) == 8
        assert into.getvalue() == b"\0content"


def test_a_login_that_runs_no_command_is_told(sshd: Sshd) -> None:
    said = "echo This account is currently not available.; exit 1"
    with (
        start_up_file(sshd, said),
        connect(sshd.address, private_key=sshd.private_key, host_key=sshd.host_key) as host,
        pytest.raises(NoShell, match="This account is currently not available"),
    ):
        host.run(":")
