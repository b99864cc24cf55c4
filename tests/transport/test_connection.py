import contextlib
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pbins.transport.address import Address, HostKey
from pbins.transport.connection import scan_host_key
from pbins.transport.errors import (
    BadKey,
    HostKeyChanged,
    HostKeyUnknown,
    KeyRefused,
    Unreachable,
)
from pbins.transport.keys import generate_private_key, public_key_of
from pbins.transport.ssh import connect
from tests.sshd import KEYS, Sshd, make_key, serving

pytestmark = pytest.mark.sshd


def another_key() -> HostKey:
    return HostKey.parse(public_key_of(generate_private_key(), ""))


def test_a_scan_gives_the_hosts_own_key(sshd: Sshd) -> None:
    assert scan_host_key(sshd.address) == sshd.host_key


@pytest.mark.parametrize("type_", KEYS)
def test_whichever_of_its_keys_is_pinned_the_host_is_known(sshd: Sshd, type_: str) -> None:
    pinned = next(key for key in sshd.host_keys if key.type == type_)
    with connect(sshd.address, private_key=sshd.private_key, host_key=pinned) as host:
        assert host.alive


@pytest.mark.parametrize("type_", KEYS)
def test_every_type_of_user_key_opens_the_door(sshd: Sshd, tmp_path: Path, type_: str) -> None:
    public = make_key(tmp_path / "key", type_)
    with (sshd.directory / "authorized_keys").open("a") as file:
        file.write(public)
    private = (tmp_path / "key").read_text()
    with connect(sshd.address, private_key=private, host_key=sshd.host_key) as host:
        assert host.alive


def test_a_host_without_a_pinned_key_is_refused_and_shows_its_key(sshd: Sshd) -> None:
    with pytest.raises(HostKeyUnknown) as caught:
        connect(sshd.address, private_key=sshd.private_key, host_key=None)
    assert caught.value.permanent
    assert caught.value.offered == sshd.host_key
    assert sshd.host_key.fingerprint in str(caught.value)


def test_a_changed_key_is_refused_with_both_fingerprints(sshd: Sshd) -> None:
    pinned = another_key()
    with pytest.raises(HostKeyChanged) as caught:
        connect(sshd.address, private_key=sshd.private_key, host_key=pinned)
    assert caught.value.permanent
    assert (caught.value.pinned, caught.value.offered) == (pinned, sshd.host_key)
    assert pinned.fingerprint in str(caught.value)
    assert sshd.host_key.fingerprint in str(caught.value)


def test_a_host_that_lost_its_pinned_type_of_key_has_changed(sshd: Sshd, tmp_path: Path) -> None:
    with (
        serving(tmp_path, types=("ssh-rsa",)) as reinstalled,
        pytest.raises(HostKeyChanged) as caught,
    ):
        connect(reinstalled.address, private_key=reinstalled.private_key, host_key=sshd.host_key)
    assert caught.value.offered == reinstalled.host_key


def test_a_refused_key_is_shown_as_the_line_to_add(sshd: Sshd) -> None:
    key = generate_private_key()
    with pytest.raises(KeyRefused) as caught:
        connect(sshd.address, private_key=key, host_key=sshd.host_key)
    assert caught.value.permanent
    assert caught.value.public_key == public_key_of(key, "")
    assert caught.value.public_key in str(caught.value)


def test_an_unknown_user_is_refused(sshd: Sshd) -> None:
    nobody = Address(sshd.address.host, sshd.address.port, "no-such-user")
    with pytest.raises(KeyRefused, match="no-such-user"):
        connect(nobody, private_key=sshd.private_key, host_key=sshd.host_key)


def test_a_bad_key_is_told_before_the_host_is_asked() -> None:
    with pytest.raises(BadKey):
        connect(Address("host.invalid"), private_key="nonsense", host_key=another_key())


def unreachable(address: Address) -> str:
    with pytest.raises(Unreachable) as caught:
        connect(address, private_key=generate_private_key(), host_key=another_key(), timeout=0.5)
    assert not caught.value.permanent
    return str(caught.value)


def test_a_closed_port_is_unreachable() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = Address("127.0.0.1", bound.getsockname()[1])
        assert "Connection refused" in unreachable(address)


def test_an_unknown_name_is_unreachable() -> None:
    assert "can't be resolved" in unreachable(Address("no-such-host.invalid"))


@contextlib.contextmanager
def listening(answer: bytes, *, hang_up: bool) -> Iterator[Address]:
    """A server that is no SSH server."""

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                client.sendall(answer)
                if hang_up:
                    client.close()
                clients.append(client)

    clients: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield Address("127.0.0.1", listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()
    for client in clients:
        client.close()


@pytest.mark.parametrize(
    ("answer", "hang_up"),
    [
        (b"", False),
        (b"", True),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", True),
        (b"SSH-2.0-Stuck\r\n", False),
        (b"SSH-2.0-Gone\r\n", True),
    ],
    ids=["silent", "hangs up", "another service", "silent after banner", "gone after banner"],
)
def test_what_is_no_ssh_server_is_unreachable(answer: bytes, hang_up: bool) -> None:
    with listening(answer, hang_up=hang_up) as address:
        assert "no working SSH server" in unreachable(address)
