from collections.abc import Iterator

import pytest

from pbins.transport.ssh import SshTransport, connect
from tests.sshd import Sshd, sshd

__all__ = ["host", "sshd"]


@pytest.fixture
def host(sshd: Sshd) -> Iterator[SshTransport]:
    """A connection to the test's own server."""
    with connect(sshd.address, private_key=sshd.private_key, host_key=sshd.host_key) as transport:
        yield transport
