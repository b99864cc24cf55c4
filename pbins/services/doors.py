"""How often somebody may try to come in: counted for each account and for each address.

A try is counted before the password is looked at, by one guarded UPDATE, so a hundred at once are
no way around the limit. A try that succeeds is taken back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.db.models import F
from django.utils import timezone

from pbins.models import LogInTries

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10
PER_ADDRESS = 30
NETWORK = 64  # bits: what one customer is given of IPv6


@dataclass(frozen=True, slots=True)
class Closed:
    """No more tries before ``until``."""

    until: datetime

    @property
    def seconds(self) -> int:
        return max(1, round((self.until - timezone.now()).total_seconds()))


def knock(address: str, account: str = "") -> Closed | None:
    """Count a try; what is returned says that it may not be made."""
    closed = _count(_address(address), PER_ADDRESS)
    return _count(_account(account), PER_ACCOUNT) if account and not closed else closed


def come_in(address: str, account: str) -> None:
    """Take the try back that succeeded, and forget the failures of the account."""
    open_again(account)
    LogInTries.objects.filter(key=_address(address), tries__gt=0).update(tries=F("tries") - 1)


def open_again(account: str) -> None:
    """Let somebody try at once, whatever was tried before."""
    LogInTries.objects.filter(key=_account(account)).delete()


def _count(key: str, most: int) -> Closed | None:
    now = timezone.now()
    row, is_new = LogInTries.objects.get_or_create(key=key, defaults={"since": now, "tries": 1})
    if is_new:
        LogInTries.objects.filter(since__lte=now - WINDOW).delete()  # they count for nothing
        return None
    rows = LogInTries.objects.filter(key=key)
    if rows.filter(since__lte=now - WINDOW).update(since=now, tries=1):
        return None
    if rows.filter(tries__lt=most).update(tries=F("tries") + 1):
        return None
    return Closed(row.since + WINDOW)


def _account(name: str) -> str:
    return f"account {name.strip().casefold()[:150]}"


def _address(text: str) -> str:
    """A whole network for IPv6, where everybody has more addresses than could be counted."""
    try:
        address = ip_address(text)
    except ValueError:
        return f"address {text[:100]}"
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if isinstance(address, IPv6Address):
        return f"address {ip_network((address, NETWORK), strict=False)}"
    return f"address {address}"
