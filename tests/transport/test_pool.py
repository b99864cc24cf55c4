import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from pbins.transport.contract import Transport
from pbins.transport.errors import ConnectionLost, KeyRefused
from pbins.transport.keys import generate_private_key
from pbins.transport.pool import Pool
from pbins.transport.ssh import SshTransport
from tests.sshd import Sshd

pytestmark = pytest.mark.sshd


@pytest.fixture
def pool() -> Iterator[Pool]:
    pool = Pool()
    yield pool
    pool.close_idle()


def lease(pool: Pool, sshd: Sshd) -> AbstractContextManager[Transport]:
    return pool.lease(sshd.address, private_key=sshd.private_key, host_key=sshd.host_key)


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def is_dead(transport: Transport) -> bool:
    assert isinstance(transport, SshTransport)
    return not transport.alive


def test_a_connection_is_used_again(pool: Pool, sshd: Sshd) -> None:
    with lease(pool, sshd) as first:
        first.run(":")
    with lease(pool, sshd) as second:
        second.run(":")
    assert first is second


def test_two_at_once_have_their_own_and_one_is_kept(pool: Pool, sshd: Sshd) -> None:
    with lease(pool, sshd) as first, lease(pool, sshd) as second:
        assert first is not second
    assert not is_dead(second)
    assert is_dead(first)


def test_another_key_is_another_login(pool: Pool, sshd: Sshd) -> None:
    with lease(pool, sshd):
        pass
    stranger = pool.lease(sshd.address, private_key=generate_private_key(), host_key=sshd.host_key)
    with pytest.raises(KeyRefused), stranger:
        pass


def test_a_connection_that_died_while_idle_is_replaced(pool: Pool, sshd: Sshd) -> None:
    with lease(pool, sshd) as first:
        pass
    sshd.cut()
    wait_until(lambda: is_dead(first))
    with lease(pool, sshd) as second:
        assert second.run("echo alive").stdout == b"alive\n"


def test_a_connection_that_died_in_use_is_not_kept(pool: Pool, sshd: Sshd) -> None:
    with lease(pool, sshd) as first:
        first.close()
        with pytest.raises(ConnectionLost):
            first.run(":")
    with lease(pool, sshd) as second:
        assert second is not first


def test_an_error_in_the_block_leaves_a_good_connection_for_the_next(
    pool: Pool, sshd: Sshd
) -> None:
    with contextlib.suppress(ZeroDivisionError), lease(pool, sshd) as first:
        raise ZeroDivisionError
    with lease(pool, sshd) as second:
        assert first is second


def test_an_idle_connection_is_closed_after_a_while(sshd: Sshd) -> None:
    pool = Pool(idle=0.05)
    with lease(pool, sshd) as transport:
        pass
    wait_until(lambda: is_dead(transport))


def test_a_forked_child_leaves_its_parents_connections_alone(pool: Pool, sshd: Sshd) -> None:
    with lease(pool, sshd) as parents:
        pass
    pool.forget()
    with lease(pool, sshd) as own:
        assert own is not parents
    assert parents.run("echo still here").stdout == b"still here\n"
    parents.close()
