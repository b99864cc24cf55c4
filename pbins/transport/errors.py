"""What can go wrong between the portal and a host, in words an administrator can act on."""

from typing import ClassVar

from .address import Address, HostKey


class TransportError(Exception):
    """`permanent` tells whether trying again is useless until a person has changed something."""

    permanent: ClassVar[bool] = False


class Unreachable(TransportError):
    """No SSH server answered: the host is down, the port closed, the name unknown, or too slow."""

    def __init__(self, address: Address, reason: str) -> None:
        super().__init__(
            f"{address} can't be reached: {reason}. Check that the host is up, "
            "its address and port are right, and no firewall is between it and the portal."
        )


class HostKeyUnknown(TransportError):
    """No key is pinned for this host yet; `offered` is the one that it showed."""

    permanent = True

    def __init__(self, offered: HostKey) -> None:
        self.offered = offered
        super().__init__(
            f"the host's key is not trusted yet: it offers {offered.type} {offered.fingerprint}. "
            "Compare it with `ssh-keygen -lf` on the host, then trust it."
        )


class HostKeyChanged(TransportError):
    """The host showed another key than the pinned one: reinstalled, or not the host at all."""

    permanent = True

    def __init__(self, pinned: HostKey, offered: HostKey) -> None:
        self.pinned = pinned
        self.offered = offered
        super().__init__(
            f"the host's key has changed: {pinned.type} {pinned.fingerprint} is trusted, but it "
            f"offers {offered.type} {offered.fingerprint}. Somebody may be in between. If the "
            "host was reinstalled, compare with `ssh-keygen -lf` on it, then trust the new key."
        )


class BadKey(TransportError, ValueError):
    """The text given is no private key that can be used; the message says why."""

    permanent = True


class KeyRefused(TransportError):
    """The host would not let the user in with this key; `public_key` is the line it misses."""

    permanent = True

    def __init__(self, address: Address, public_key: str, reason: str) -> None:
        self.public_key = public_key
        super().__init__(
            f"{address} refused the key ({reason}). Add this line to "
            f"~{address.user}/.ssh/authorized_keys on the host: {public_key} "
            "(if it is there: the account may be locked, or sshd_config keeps the user out)"
        )


class SudoRefused(TransportError):
    """The user came in, but may not become root without being asked."""

    permanent = True

    def __init__(self, address: Address, said: str) -> None:
        super().__init__(
            f"{address} may not run commands as root: {said or 'sudo failed without a word'}. "
            "Install sudo on the host and put this line into /etc/sudoers.d/pbins: "
            f"{address.user} ALL=(root) NOPASSWD: ALL"
        )


class NoShell(TransportError):
    """The user came in, but no command is run for it: nologin, or a command that sshd forces."""

    permanent = True

    def __init__(self, address: Address, said: str) -> None:
        super().__init__(
            f"{address} lets the key in, but runs no command: {said.rstrip('.')}. Give "
            f"{address.user} a login shell such as /bin/sh, and no forced command in sshd_config "
            "or authorized_keys."
        )


class ConnectionLost(TransportError):
    """The connection died while it was used; what was running may go on, on the host."""

    def __init__(self, address: Address, reason: str) -> None:
        super().__init__(
            f"the connection to {address} was lost: {reason}. "
            "What was running there may still go on."
        )


class CommandTimeout(TransportError):
    """The command had not ended after `seconds`; it may still be running on the host."""

    def __init__(self, address: Address, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(
            f"a command on {address} had not ended after {seconds:g} s and was given up. "
            "It may still be running there."
        )


class WebServerSilent(TransportError):
    """No web server answered, or it stopped in the middle of its answer."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url} can't be fetched: {reason or 'the server hung up'}")


class RemoteFileError(TransportError):
    """The host could not read or write a file; the message has what it said."""

    permanent = True

    def __init__(self, path: str, said: str) -> None:
        self.path = path
        super().__init__(f"{path}: {said or 'the host gave no reason'}")


class RemoteFileMissing(RemoteFileError):
    """No regular file of this name is on the host."""

    def __init__(self, path: str) -> None:
        super().__init__(path, "there is no such file on the host")
