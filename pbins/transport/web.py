"""A file from a web server: by HTTP and nothing else, gone on with where it was cut."""

import http.client
from email.message import Message
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
)

from .contract import Writable
from .errors import RemoteFileError, RemoteFileMissing, WebServerSilent

CHUNK = 2**17
STALL = 30.0  # seconds without one byte
_GONE = {404, 410}
_FAILURES = (URLError, http.client.HTTPException, OSError)


def web_size(url: str) -> int | None:
    """Bytes of a file, if the server says. RemoteFileMissing, RemoteFileError, WebServerSilent."""
    with _open(url, "HEAD", 0) as response:
        return _length(response.headers)


def web_download(url: str, into: Writable, *, offset: int = 0) -> int:
    """Copy a file from `offset` on, and return how many bytes were written.

    After WebServerSilent what is in `into` is good. A server that knows nothing of ranges sends all
    again, of which the beginning is passed over.
    """
    with _open(url, "GET", offset) as response:
        skip = 0 if response.status == http.HTTPStatus.PARTIAL_CONTENT else offset
        written = 0
        while chunk := _read(response, url):
            passed = min(skip, len(chunk))
            skip -= passed
            if passed < len(chunk):
                into.write(chunk[passed:])
                written += len(chunk) - passed
        return written


def _open(url: str, method: str, offset: int) -> http.client.HTTPResponse:
    if not url.startswith(("http://", "https://")):
        raise RemoteFileError(url, "only http:// and https:// are fetched")
    headers = {"User-Agent": "pbins-portal", "Accept-Encoding": "identity"}
    if offset:
        headers["Range"] = f"bytes={offset}-"
    try:
        request = Request(url, method=method, headers=headers)  # noqa: S310 - looked at above
        response = _opener().open(request, timeout=STALL)
    except HTTPError as error:
        error.close()
        if error.code in _GONE:
            raise RemoteFileMissing(url) from error
        raise RemoteFileError(url, f"the server answers {error.code} {error.reason}") from error
    except _FAILURES as error:
        raise WebServerSilent(url, str(error)) from error
    if not isinstance(response, http.client.HTTPResponse):
        raise RemoteFileError(url, "that is no web server")
    return response


def _read(response: http.client.HTTPResponse, url: str) -> bytes:
    try:
        chunk = response.read(CHUNK)
    except _FAILURES as error:
        raise WebServerSilent(url, str(error)) from error
    if not chunk and response.length:  # the library takes a hung-up server for the end
        raise WebServerSilent(url, f"{response.length} bytes did not come")
    return chunk


def _opener() -> OpenerDirector:
    """Without the schemes that the library knows besides: a redirect must not lead to a file."""
    opener = OpenerDirector()
    for handler in (
        HTTPHandler,
        HTTPSHandler,
        HTTPDefaultErrorHandler,
        _Redirects,
        HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener


class _Redirects(HTTPRedirectHandler):
    """From https only to https."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> Request | None:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise HTTPError(req.full_url, code, "leads away from https", headers, fp)
        followed = super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]
        if followed is not None and "Range" in req.headers:
            followed.add_header("Range", req.headers["Range"])
        return followed


def _length(headers: Message) -> int | None:
    told = headers.get("Content-Length", "")
    return int(told) if told.isdecimal() else None
