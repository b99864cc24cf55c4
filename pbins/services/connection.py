"""An open, trusted connection to a host; what goes wrong is noted on the host."""

from collections.abc import Iterator
from contextlib import contextmanager

from pbins.models import Host, HostState
from pbins.services.credentials import open_private_key
from pbins.transport.address import Address, HostKey
from pbins.transport.contract import Transport
from pbins.transport.errors import (
    BadKey,
    HostKeyChanged,
    HostKeyUnknown,
    KeyRefused,
    NoShell,
    SudoRefused,
    TransportError,
    Unreachable,
)
from pbins.transport.pool import lease

KEPT_OUT = {HostState.UNREACHABLE, HostState.REFUSED, HostState.UNTRUSTED}


@contextmanager
def connected(host: Host) -> Iterator[Transport]:
    """A transport to the host; raises TransportError after noting on the host what it tells."""
    pinned = HostKey.parse(host.host_key) if host.host_key else None
    private_key = open_private_key(host.credential)
    try:
        with lease(address_of(host), private_key=private_key, host_key=pinned) as transport:
            yield transport
            _note_contact(host)
    except TransportError as error:
        note_contact_failure(host, error)
        raise


def address_of(host: Host) -> Address:
    return Address(host=host.address, port=host.port, user=host.user)


def note_contact_failure(host: Host, error: TransportError) -> None:
    """Store what the failed contact says of the host; a passing fault says nothing lasting."""
    state = _state_after(error)
    if state is None:
        return
    host.state = state
    host.state_reason = str(error)
    if isinstance(error, HostKeyUnknown | HostKeyChanged):
        host.offered_host_key = f"{error.offered.type} {error.offered.base64}"
    host.save(update_fields=("state", "state_reason", "offered_host_key"))


def _note_contact(host: Host) -> None:
    """What kept us out before is over."""
    if host.state not in KEPT_OUT:
        return
    host.state = HostState.READY if host.cave_version else HostState.NEW
    host.state_reason = ""
    host.offered_host_key = ""
    host.save(update_fields=("state", "state_reason", "offered_host_key"))


def _state_after(error: TransportError) -> HostState | None:
    match error:
        case HostKeyUnknown() | HostKeyChanged():
            return HostState.UNTRUSTED
        case KeyRefused() | SudoRefused() | NoShell() | BadKey():
            return HostState.REFUSED
        case Unreachable():
            return HostState.UNREACHABLE
        case _:
            return None
