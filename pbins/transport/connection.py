"""An SSH connection from the TCP handshake to the accepted key, with every check made here.

No agent, no key files, no ssh_config and no known_hosts: what the portal was given is all there is.
"""

import logging
import socket

import paramiko

from . import keys
from .address import HOST_KEY_TYPES, Address, HostKey
from .errors import HostKeyChanged, HostKeyUnknown, KeyRefused, Unreachable
from .exchange import LINK_ERRORS

KEEPALIVE = 15  # seconds
DEAD_AFTER = 60  # seconds without an acknowledgement from the host's TCP

# Its errors come out as ours, with paramiko's as the cause; its log would say them a second time,
# with a traceback, on the standard error of every command.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

# One RSA key signs in two ways that are still accepted (RFC 8332).
_SIGNATURES = {"ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256")}


def scan_host_key(address: Address, *, timeout: float = 15.0) -> HostKey:
    """The key that the host offers first in our order, unverified. Unreachable."""
    ssh = _handshake(address, HOST_KEY_TYPES, timeout)
    try:
        return _offered(ssh)
    finally:
        _hang_up(ssh)


def log_in(
    address: Address, *, private_key: str, host_key: HostKey | None, timeout: float
) -> paramiko.Transport:
    """A connection to the pinned host as the address' user.

    BadKey, Unreachable, HostKeyUnknown, HostKeyChanged, KeyRefused; each leaves nothing open.
    """
    key = keys.load(private_key)
    if host_key is None:
        raise HostKeyUnknown(scan_host_key(address, timeout=timeout))
    ssh = _connect_pinned(address, host_key, timeout)
    try:
        _authenticate(ssh, address, key, keys.public_key_of(private_key, ""))
    except BaseException:
        _hang_up(ssh)
        raise
    ssh.set_keepalive(KEEPALIVE)
    return ssh


def check_login(
    address: Address, *, private_key: str, host_key: HostKey | None, timeout: float = 15.0
) -> None:
    """Whether a program of ours could log in there. Raises what `log_in` does."""
    _hang_up(log_in(address, private_key=private_key, host_key=host_key, timeout=timeout))


def _connect_pinned(address: Address, pinned: HostKey, timeout: float) -> paramiko.Transport:
    # A host has several keys; asked for any, it may show another one than the pinned.
    try:
        ssh = _handshake(address, (pinned.type,), timeout)
    except _NoSuchKey:
        raise HostKeyChanged(pinned, scan_host_key(address, timeout=timeout)) from None
    offered = _offered(ssh)
    if offered != pinned:
        _hang_up(ssh)
        raise HostKeyChanged(pinned, offered)
    return ssh


class _NoSuchKey(Unreachable):
    """The host has no key of the types asked for, or no other algorithm in common with us."""


def _handshake(address: Address, types: tuple[str, ...], timeout: float) -> paramiko.Transport:
    ssh = paramiko.Transport(_dial(address, timeout))
    ssh.banner_timeout = ssh.handshake_timeout = ssh.auth_timeout = timeout
    algorithms = [name for type_ in types for name in _SIGNATURES.get(type_, (type_,))]
    ssh.get_security_options().key_types = algorithms
    try:
        ssh.start_client(timeout=timeout)
        ssh.get_remote_server_key()  # start_client returns without a word when its time is over
    except paramiko.ssh_exception.IncompatiblePeer as error:
        _hang_up(ssh)
        raise _NoSuchKey(address, str(error)) from error
    except LINK_ERRORS as error:
        _hang_up(ssh)
        reason = f"the port is open, but no working SSH server is there ({_words(error)})"
        raise Unreachable(address, reason) from error
    return ssh


def _dial(address: Address, timeout: float) -> socket.socket:
    try:
        dialled = socket.create_connection((address.host, address.port), timeout)
    except socket.gaierror as error:
        raise Unreachable(address, f"the name can't be resolved ({error.strerror})") from error
    except TimeoutError as error:
        raise Unreachable(address, f"no answer within {timeout:g} s") from error
    except OSError as error:
        raise Unreachable(address, error.strerror or str(error)) from error
    # A command is many small packets that answer each other; delayed, each costs 40 ms.
    dialled.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # Without this the kernel waits a quarter of an hour for a host whose power went.
    dialled.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_AFTER * 1000)
    return dialled


def _offered(ssh: paramiko.Transport) -> HostKey:
    key = ssh.get_remote_server_key()
    return HostKey(key.get_name(), key.get_base64())


def _authenticate(
    ssh: paramiko.Transport, address: Address, key: paramiko.PKey, public_key: str
) -> None:
    try:
        missing = ssh.auth_publickey(address.user, key)
    except LINK_ERRORS as error:
        refused = isinstance(error, paramiko.AuthenticationException)
        if refused and ssh.is_active():
            raise KeyRefused(address, public_key, str(error)) from error
        raise Unreachable(address, f"the login was not finished ({_words(error)})") from error
    if missing:
        wanted = " or ".join(missing)
        raise KeyRefused(address, public_key, f"it was accepted, but {wanted} is wanted as well")


def _words(error: Exception) -> str:
    return str(error) or "it hung up"


def _hang_up(ssh: paramiko.Transport) -> None:
    ssh.close()
    ssh.sock.close()  # close() does nothing for a connection that never became one
