"""What is alike for all places elsewhere: one visitor at a time, logging in, and how it went."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta

from django.utils import timezone

from pbins.models.outlet import Outlet
from pbins.services.credentials import open_private_key, portal_credential, unseal
from pbins.services.errors import Refused
from pbins.services.places import places
from pbins.storage.locks import alone_or_not
from pbins.storage.outside import SshLogin
from pbins.storage.outside_url import OutsideUrl
from pbins.transport.address import Address, HostKey
from pbins.transport.agent import agent_of
from pbins.transport.connection import check_login, scan_host_key
from pbins.transport.errors import HostKeyChanged, HostKeyUnknown, TransportError

SSH_USER = "git"
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=1)
LOOK_AGAIN = timedelta(days=1)
"""What we left there may be gone without our doing."""

STATE = ("delivered_at", "failing_since", "attempts", "next_attempt_at", "error")


def alone_with(outlet: Outlet) -> AbstractContextManager[int | None]:
    """A descriptor that keeps others away as long as it is open; None while another is there."""
    return alone_or_not(places().outlet_lock(f"{type(outlet).__name__.lower()}-{outlet.pk}"))


@contextmanager
def ssh_login(outlet: Outlet, url: OutsideUrl) -> Iterator[SshLogin]:
    """How a program logs in there; tried by ourselves first, which can say what is wrong.

    Raises TransportError, after noting a key that is not trusted; Refused.
    """
    address = address_of(url)
    private_key = open_private_key(outlet.credential or portal_credential())
    pinned = HostKey.parse(outlet.host_key) if outlet.host_key else None
    try:
        check_login(address, private_key=private_key, host_key=pinned)
    except (HostKeyUnknown, HostKeyChanged) as error:
        outlet.offered_host_key = str(error.offered)
        outlet.save(update_fields=("offered_host_key",))
        raise
    with agent_of(private_key) as agent:
        yield SshLogin(agent, address.host, address.port, outlet.host_key)


def address_of(url: OutsideUrl) -> Address:
    return Address(host=url.host, port=url.port or 22, user=url.user or SSH_USER)


def trust_place(*, outlet: Outlet, url: OutsideUrl, fingerprint: str | None = None) -> str:
    """Pin the key that it offers now, and return its fingerprint.

    With ``fingerprint`` only if it is that one. Raises Refused.
    """
    if url.scheme != "ssh":
        raise Refused(f"{url.text} is not reached by SSH; there is no key to trust.")
    try:
        offered = scan_host_key(address_of(url))
    except TransportError as error:
        raise Refused(str(error)) from error
    if fingerprint is not None and fingerprint != offered.fingerprint:
        raise Refused(
            f"{url.host} offers the key {offered.fingerprint}, not {fingerprint}; nothing was"
            " trusted."
        )
    outlet.host_key, outlet.offered_host_key = str(offered), ""
    outlet.next_attempt_at = timezone.now()
    outlet.save(update_fields=("host_key", "offered_host_key", "next_attempt_at"))
    return offered.fingerprint


def trusted_of(outlet: Outlet) -> str:
    """The fingerprint of the pinned key; empty without one."""
    return HostKey.parse(outlet.host_key).fingerprint if outlet.host_key else ""


def offered_by(outlet: Outlet) -> str:
    """The fingerprint of a key that was offered and is not trusted; empty without one."""
    return HostKey.parse(outlet.offered_host_key).fingerprint if outlet.offered_host_key else ""


def secret_of(outlet: Outlet) -> str:
    """The password, token or secret key. Raises Refused."""
    return unseal(bytes(outlet.sealed_secret), of=str(outlet))


def is_due(outlet: Outlet, now: datetime, *, has_news: bool) -> bool:
    """Whether it is to be visited now: for something new, to try again, or to look again."""
    if not outlet.is_enabled:
        return False
    if outlet.next_attempt_at is None or outlet.next_attempt_at <= now:
        return True
    return has_news and outlet.failing_since is None


def ask_again(outlet: Outlet) -> None:
    """Have it visited soon, whatever came of the last attempts. Raises Refused."""
    if not outlet.is_enabled:
        raise Refused(f"{outlet} is switched off; switch it on first.")
    outlet.next_attempt_at = timezone.now()
    outlet.save(update_fields=("next_attempt_at",))


def note_delivered(outlet: Outlet, *, look_again: timedelta = LOOK_AGAIN) -> None:
    """All went well: we have just read it back."""
    now = timezone.now()
    outlet.delivered_at, outlet.next_attempt_at = now, now + look_again
    outlet.failing_since, outlet.attempts, outlet.error = None, 0, ""
    outlet.save(update_fields=STATE)


def note_failed(outlet: Outlet, error: str) -> None:
    """It is tried again after a pause that grows with each attempt."""
    now = timezone.now()
    pause = min(FIRST_PAUSE * 2 ** min(outlet.attempts, 10), LONGEST_PAUSE)
    outlet.failing_since = outlet.failing_since or now
    outlet.attempts += 1
    outlet.next_attempt_at = now + pause
    outlet.error = error[:4000]
    outlet.save(update_fields=STATE)
