"""The addresses of places elsewhere, checked once: what they hold can't be taken for an option."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pbins.storage.errors import BadUrl

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|[0-9a-fA-F:]+")
_USER = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_SHORT_SSH = re.compile(r"(?:[\w.-]+@)?[\w.-]+:[^/].*")
PLAIN = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class OutsideUrl:
    """`scheme://user@host:port/path` without a password; ``path`` begins with a slash.

    ``port`` is None where the scheme's usual one is meant.
    """

    text: str
    scheme: str
    user: str
    host: str
    port: int | None
    path: str

    @classmethod
    def parse(cls, text: str, *, schemes: Collection[str]) -> "OutsideUrl":
        """Raises BadUrl, with what it should look like."""
        if _SHORT_SSH.fullmatch(text) and "://" not in text and "ssh" in schemes:
            raise BadUrl(text, "write it as ssh://user@host/path")
        if PLAIN.fullmatch(text) is None:
            raise BadUrl(text, "it is empty, or has spaces or letters that no address has")
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise BadUrl(text, str(error)) from error
        if parts.scheme not in schemes:
            raise BadUrl(text, f"it has to begin with {_choice(schemes)}")
        if parts.password is not None:
            raise BadUrl(_without_login(text), "leave the password out; it has a field of its own")
        if parts.query or parts.fragment:
            raise BadUrl(text, "it must have no ? and no #")
        found = cls(text, parts.scheme, parts.username or "", parts.hostname or "", port, "")
        is_web = parts.scheme in {"http", "https"}
        return found._with_path(unquote(parts.path) or ("/" if is_web else ""))

    def _with_path(self, path: str) -> "OutsideUrl":
        is_file = self.scheme == "file"
        if is_file == bool(self.host) or (is_file and self.user):
            raise BadUrl(self.text, "file:///path has no host, all others have one")
        if self.host and _HOST.fullmatch(self.host) is None:
            raise BadUrl(self.text, f"{self.host} is not the name of a host")
        if self.user and _USER.fullmatch(self.user) is None:
            raise BadUrl(self.text, f"{self.user} is not the name of a user")
        if not path.startswith("/") or ".." in path.split("/") or not path.isprintable():
            raise BadUrl(self.text, "it needs a plain path behind the host")
        return OutsideUrl(self.text, self.scheme, self.user, self.host, self.port, path)


def _choice(schemes: Collection[str]) -> str:
    *others, last = (f"{scheme}://" for scheme in schemes)
    return f"{', '.join(others)} or {last}" if others else last


def _without_login(text: str) -> str:
    scheme, _, rest = text.partition("://")
    return f"{scheme}://…@{rest.rpartition('@')[2]}"
