"""Connections that are kept open between two looks, and die meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pbins.models import Host, HostState, RunState
from pbins.services import runs
from pbins.services.connection import connected
from pbins.services.following import Watch
from pbins.services.queueing import queue_probe
from pbins.services.runs import advance
from pbins.transport.address import Address
from pbins.transport.errors import ConnectionLost
from tests.fleets import Lab, drive, end_state

DEAD = ConnectionLost(Address("127.0.0.1"), "it takes no command")


@pytest.mark.django_db
@pytest.mark.parametrize(("deaths", "state"), [(1, RunState.SUCCEEDED), (2, RunState.FAILED)])
def test_one_dead_connection_is_forgiven_and_a_second_is_not(
    builder: Host, monkeypatch: pytest.MonkeyPatch, deaths: int, state: RunState
) -> None:
    left = [DEAD] * deaths

    @contextmanager
    def sometimes(host: Host) -> Iterator[object]:
        with connected(host) as transport:
            if left:
                raise left.pop()
            yield transport

    monkeypatch.setattr(runs, "connected", sometimes)
    run = drive(queue_probe(host=builder, asked_by=None))
    assert end_state(run) == state


@pytest.mark.django_db
def test_a_host_that_restarted_since_is_reached_anew(lab: Lab, builder: Host) -> None:
    assert end_state(drive(queue_probe(host=builder, asked_by=None))) == RunState.SUCCEEDED
    lab["forge"].reboot()
    probe = queue_probe(host=builder, asked_by=None)
    while advance(probe, Watch()) is not None:
        pass
    builder.refresh_from_db()
    assert (probe.state, builder.state) == (RunState.SUCCEEDED, HostState.READY)
