"""Another portal, from which a repository is taken in: where its git is, and what it has."""

import json
from dataclasses import dataclass
from io import BytesIO

from pbins.storage.errors import GitError
from pbins.transport.errors import RemoteFileError, TransportError
from pbins.transport.web import web_download

MOST_BYTES = 4 * 2**20
CALLED_OTHERWISE = (
    "Give the name that it has there: --theirs NAME, or Name there on the repository's page of"
    " imports."
)


@dataclass(frozen=True, slots=True)
class TheirRepository:
    """A repository of the portal at ``base``, an address without a slash at its end."""

    base: str
    name: str

    @property
    def git(self) -> str:
        return f"{self.base}/git/{self.name}.git"

    @property
    def tarballs(self) -> str:
        return f"{self.base}/distfiles/{self.name}/"


def their_repository(git: str, tarballs: str) -> TheirRepository | None:
    """The one whose addresses these are; None when they are not those of a portal."""
    base, _, last = git.rpartition("/git/")
    theirs = TheirRepository(base, last.removesuffix(".git"))
    return theirs if (theirs.git, theirs.tarballs) == (git, tarballs) else None


def why_not(theirs: TheirRepository, error: GitError) -> str:
    """What to do when git can't list the branches of it; the portal is asked what it has."""
    names = _names_at(theirs.base)
    if names is None:
        hint = f" {CALLED_OTHERWISE}" if "not found" in error.stderr else ""
        return f"{error}.{hint}"
    if theirs.name in names:
        return f"{error}."
    there_are = f"it has: {', '.join(names)}" if names else "it has none"
    return f"{theirs.name} is not a repository of that portal ({there_are}). {CALLED_OTHERWISE}"


class _Bounded(BytesIO):
    """What comes may be anything, from anybody."""

    def write(self, chunk: bytes, /) -> int:  # type: ignore[override]  # nobody writes another buffer
        if self.tell() + len(chunk) > MOST_BYTES:
            raise RemoteFileError("/feeds/json", "it is too large")
        return super().write(chunk)


def _names_at(base: str) -> list[str] | None:
    """The repositories that its feeds are of; None when it does not tell, or not to us."""
    into = _Bounded()
    try:
        web_download(f"{base}/feeds/json", into)
        feeds = json.loads(into.getvalue())["feeds"]
        return [str(feed["of"][0]) for feed in feeds if feed["kind"] == "repository"]
    except (TransportError, ValueError, LookupError, TypeError):
        return None
