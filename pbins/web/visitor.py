"""Where a request comes from."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The visitor's own address.

    ``X-Forwarded-For`` can be written by anybody. Only what proxies of PBINS_TRUSTED_PROXIES have
    added to it is believed, from the last one backwards.
    """
    address: str = request.META["REMOTE_ADDR"]
    said = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    while said and _is_proxy(address):
        address = said.pop() or address
    return address


def _is_proxy(text: str) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in settings.PBINS_TRUSTED_PROXIES)
