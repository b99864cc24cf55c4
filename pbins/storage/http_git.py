"""Fetching over HTTP: one request handed to `git http-backend`, its answer streamed.

Read-only. Paths are those of git's HTTP protocol, relative to the repository; the backend speaks
CGI (RFC 3875).
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from pbins.storage.cgi import CgiAnswer, Chunks
from pbins.storage.disk import write_all
from pbins.storage.git import GitRepository
from pbins.storage.git_process import GIT, GIT_ENVIRONMENT

_UPLOAD_PACK = "git-upload-pack"
_ADVERTISEMENT = f"service={_UPLOAD_PACK}"
_UPLOAD_REQUEST = f"application/x-{_UPLOAD_PACK}-request"
_ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip"})
_OBJECT = r"(?:[0-9a-f]{2}/[0-9a-f]{38}|pack/pack-[0-9a-f]{40}\.(?:pack|idx)|info/packs)"
_FILE = re.compile(rf"/(?:HEAD|info/refs|objects/{_OBJECT})")
"""What a client without smart HTTP takes apart from the listing."""

_PROTOCOL = re.compile(r"[a-z0-9=:]{0,100}")
_LARGEST_BODY = 10 * 2**20
"""Bytes; git http-backend takes no larger one either."""

_CHUNK = 2**16


class Body(Protocol):
    """Something to read the body of a request from."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class GitRequest:
    """What of an HTTP request matters; header values as they came, "" for none."""

    method: str
    path: str
    """Below the repository: "/info/refs"."""
    query: str
    body: Body
    content_type: str = ""
    content_encoding: str = ""
    protocol: str = ""
    """The header Git-Protocol."""
    remote_address: str = ""


@dataclass(frozen=True, slots=True)
class GitResponse:
    """The answer. `body` must be read to its end or closed, or git is left running."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: Chunks


def serve(repository: GitRepository, request: GitRequest) -> GitResponse:
    """Answer one request of a fetching client; anything else gets 403, 404, 405, 413 or 415.

    Raises GitUnavailable, and GitError when git gives no answer at all.
    """
    refusal = _refusal(request)
    if refusal is not None:
        return _refused(*refusal)
    if not repository.exists():
        return _refused(404, "There is no such repository.")
    with _spooled(request) as stdin:
        if os.fstat(stdin).st_size > _LARGEST_BODY:
            return _refused(413, "The request is too large.")
        answer = CgiAnswer((*GIT, "http-backend"), _variables(repository, request), stdin)
    return GitResponse(answer.status, answer.headers, answer)


def _refusal(request: GitRequest) -> tuple[int, str] | None:
    """Why not; what is let through is one of the few shapes that a fetch has."""
    if request.path == "/git-receive-pack" or "git-receive-pack" in request.query:
        return 403, "This repository is read-only."
    if request.method == "POST" and request.path == f"/{_UPLOAD_PACK}":
        known = request.content_type == _UPLOAD_REQUEST and request.content_encoding in _ENCODINGS
        return None if known else (415, f"Only {_UPLOAD_REQUEST}, plain or gzip, is understood.")
    if request.method not in {"GET", "POST"}:
        return 405, "Only GET and POST are understood."
    if request.method == "GET" and _FILE.fullmatch(request.path):
        return None
    return 404, "There is nothing here."


def _refused(status: int, reason: str) -> GitResponse:
    body = f"{reason}\n".encode()
    headers = (("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body))))
    return GitResponse(status, headers, (chunk for chunk in (body,)))


@contextmanager
def _spooled(request: GitRequest) -> Iterator[int]:
    """A nameless file in memory with the whole body, but not much more than the largest allowed.

    A slow client costs no process this way, and git is never left waiting for the rest.
    """
    descriptor = os.memfd_create("git-request")
    try:
        size = 0
        while size <= _LARGEST_BODY and (chunk := request.body.read(_CHUNK)):
            write_all(descriptor, chunk)
            size += len(chunk)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


def _variables(repository: GitRepository, request: GitRequest) -> dict[str, str]:
    protocol = request.protocol if _PROTOCOL.fullmatch(request.protocol) else ""
    return {
        **GIT_ENVIRONMENT,
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_PROJECT_ROOT": str(repository.path.absolute()),
        "GIT_PROTOCOL": protocol,
        "PATH_INFO": request.path,
        "REQUEST_METHOD": request.method,
        "QUERY_STRING": _ADVERTISEMENT if request.query == _ADVERTISEMENT else "",
        "CONTENT_TYPE": request.content_type,
        "HTTP_CONTENT_ENCODING": request.content_encoding,
        "REMOTE_ADDR": request.remote_address,
    }
