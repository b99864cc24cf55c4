import subprocess
from pathlib import Path

import pytest

from pbins.transport.address import Address, HostKey
from tests.sshd import KEYS, make_key

ED25519 = "AAAAC3NzaC1lZDI1NTE5AAAAIJ8cuz0sHwFRQSmQJHqWlD8GyrKNsrcJa4RsIx3k6k5G"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (Address("build.example.org"), "root@build.example.org:22"),
        (Address("192.0.2.7", 2222, "pbins"), "pbins@192.0.2.7:2222"),
        (Address("2001:db8::7"), "root@[2001:db8::7]:22"),
        (Address("fe80::1%eth0"), "root@[fe80::1%eth0]:22"),
    ],
)
def test_an_address_is_shown_with_user_and_port(address: Address, shown: str) -> None:
    assert str(address) == shown


@pytest.mark.parametrize("host", ["", "-oProxyCommand=x", "a b", "host\n", "a/b", "root@host"])
def test_what_is_no_host_name_is_refused(host: str) -> None:
    with pytest.raises(ValueError, match="not a host name"):
        Address(host)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_what_is_no_port_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match="not a port"):
        Address("host", port)


@pytest.mark.parametrize("user", ["", "-x", "a b", "root\n", "../root"])
def test_what_is_no_user_is_refused(user: str) -> None:
    with pytest.raises(ValueError, match="not a user"):
        Address("host", 22, user)


@pytest.mark.parametrize("type_", KEYS)
def test_a_fingerprint_is_the_one_that_ssh_keygen_prints(tmp_path: Path, type_: str) -> None:
    key = HostKey.parse(make_key(tmp_path / "key", type_))
    listing = ["ssh-keygen", "-l", "-f", str(tmp_path / "key.pub")]
    printed = subprocess.run(listing, check=True, capture_output=True, text=True).stdout
    assert key.fingerprint == printed.split()[1]


def test_a_comment_is_no_part_of_a_host_key() -> None:
    key = HostKey.parse(f"ssh-ed25519 {ED25519} root@build host\n")
    assert str(key) == f"ssh-ed25519 {ED25519}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh-ed25519",
        ED25519,
        f"ssh-rsa {ED25519}",
        f"ssh-dss {ED25519}",
        "ssh-ed25519 !!!!",
        "ssh-ed25519 AAAA",
        f"ssh-ed25519 {ED25519[:-1]}",
    ],
)
def test_what_is_no_host_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a"):
        HostKey.parse(text)
