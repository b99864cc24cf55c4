"""Where a host is and which key it is known by."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from typing import Self

HOST_KEY_TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
)
"""In the order in which a host that was never seen before is asked for one."""

_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\$?")
_HOST = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9_.:%-]*")


@dataclass(frozen=True, slots=True)
class Address:
    """An SSH server and the user to be on it; a ValueError says what is wrong with one."""

    host: str
    port: int = 22
    user: str = "root"

    def __post_init__(self) -> None:
        if not _HOST.fullmatch(self.host):
            raise ValueError(f"not a host name or IP address: {self.host!r}")
        if not 0 < self.port < 65536:
            raise ValueError(f"not a port: {self.port}")
        if not _USER.fullmatch(self.user):
            raise ValueError(f"not a user name: {self.user!r}")

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.user}@{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class HostKey:
    """The public half of a host's key, as in a `.pub` file without its comment."""

    type: str
    base64: str

    def __post_init__(self) -> None:
        if self.type not in HOST_KEY_TYPES:
            raise ValueError(f"not a kind of host key that can be used: {self.type!r}")
        # The type is in the blob too, behind its length (RFC 4253, 6.6).
        name = self.type.encode()
        if not self._blob().startswith(len(name).to_bytes(4, "big") + name):
            raise ValueError(f"not a {self.type} key: {self.base64!r}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `TYPE BASE64 [COMMENT]`; ValueError when it is not that."""
        fields = text.split(maxsplit=2)
        if len(fields) < 2:
            raise ValueError(f"not a host key, which is `TYPE BASE64`: {text!r}")
        return cls(fields[0], fields[1])

    @property
    def fingerprint(self) -> str:
        """As `ssh-keygen -l` prints it: `SHA256:…`."""
        digest = hashlib.sha256(self._blob()).digest()
        return "SHA256:" + base64.b64encode(digest).decode("ascii").rstrip("=")

    def __str__(self) -> str:
        return f"{self.type} {self.base64}"

    def _blob(self) -> bytes:
        try:
            return base64.b64decode(self.base64, validate=True)
        except (binascii.Error, ValueError) as error:
            raise ValueError(f"not a host key's base64: {self.base64!r}") from error
