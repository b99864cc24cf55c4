"""How a command runs and a file moves on another machine; the only room that knows paramiko."""

from .address import Address, HostKey
from .connection import scan_host_key
from .contract import Completed, Transport
from .keys import check_private_key, generate_private_key, public_key_of
from .pool import close_idle, lease
from .shell import quote
from .ssh import connect

__all__ = [
    "Address",
    "Completed",
    "HostKey",
    "Transport",
    "check_private_key",
    "close_idle",
    "connect",
    "generate_private_key",
    "lease",
    "public_key_of",
    "quote",
    "scan_host_key",
]
