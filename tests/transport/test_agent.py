"""An agent with one key, as OpenSSH's own programs see it."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from pbins.transport.agent import agent_of
from pbins.transport.errors import BadKey
from tests.sshd import make_key


def ssh_add(socket_path: Path, *arguments: str) -> str:
    environment = {"PATH": os.environ["PATH"], "SSH_AUTH_SOCK": str(socket_path)}
    done = subprocess.run(
        ["ssh-add", *arguments], env=environment, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("type_", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
def test_openssh_lists_the_key_and_gets_signatures_that_hold(tmp_path: Path, type_: str) -> None:
    public = make_key(tmp_path / "key", type_)
    with agent_of((tmp_path / "key").read_text()) as agent:
        assert ssh_add(agent, "-L").split()[:2] == public.split()[:2]
        assert ssh_add(agent, "-T", str(tmp_path / "key.pub")) == ""


def test_another_key_can_be_neither_added_nor_used(tmp_path: Path) -> None:
    make_key(tmp_path / "key", "ssh-ed25519")
    make_key(tmp_path / "other", "ssh-ed25519")
    with agent_of((tmp_path / "key").read_text()) as agent:
        assert "refused" in ssh_add(agent, str(tmp_path / "other"))
        assert ssh_add(agent, "-T", str(tmp_path / "other.pub")) != ""


def test_only_we_reach_it_and_nothing_stays(tmp_path: Path) -> None:
    make_key(tmp_path / "key", "ssh-ed25519")
    with agent_of((tmp_path / "key").read_text()) as agent:
        assert agent.parent.stat().st_mode & 0o077 == 0
        assert [path.name for path in agent.parent.iterdir()] == ["agent"]
    assert not agent.parent.exists()


@pytest.mark.parametrize("sent", [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\0\0\0\x01\x63", b"\0"])
def test_nonsense_harms_nobody(tmp_path: Path, sent: bytes) -> None:
    make_key(tmp_path / "key", "ssh-ed25519")
    with agent_of((tmp_path / "key").read_text()) as agent:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(agent))
            client.sendall(sent)
        assert "SHA256" in ssh_add(agent, "-l")


def test_what_is_no_key_is_refused() -> None:
    with pytest.raises(BadKey), agent_of("nonsense"):
        pass
