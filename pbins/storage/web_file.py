"""Files at a public address, asked for as any host would."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

from pbins.storage.errors import OutsideError
from pbins.storage.outside_url import OutsideUrl

SCHEMES = ("https", "http")
SECONDS = 30.0
_CHUNK = 2**20


def size_at(address: OutsideUrl, name: str) -> int:
    """The bytes of the file that would be downloaded. Raises OutsideError."""
    with _asked(address, name, "HEAD") as answer:
        length = answer.headers.get("Content-Length", "")
    if not length.isdecimal():
        raise OutsideError(f"{address.text} does not tell the size of {name}")
    return int(length)


def download(address: OutsideUrl, name: str, into: Path) -> None:
    """Read a file whole. Raises OutsideError; what came by then stays in ``into``."""
    with _asked(address, name, "GET") as answer, into.open("wb") as file:
        shutil.copyfileobj(answer, file, _CHUNK)


@contextmanager
def _asked(address: OutsideUrl, name: str, method: str) -> Iterator[HTTPResponse]:
    url = f"{address.text.rstrip('/')}/{quote(name)}"
    try:
        with _opener().open(Request(url, method=method), timeout=SECONDS) as answer:  # noqa: S310
            yield answer
    except HTTPError as error:
        raise OutsideError(f"{url} answers {error.code} {error.reason}") from error
    except URLError as error:
        raise OutsideError(f"{url} does not answer: {error.reason}") from error
    except (HTTPException, OSError) as error:
        raise OutsideError(f"{url} broke off: {error}") from error


def _opener() -> OpenerDirector:
    """One that takes no proxy from the environment."""
    return build_opener(ProxyHandler({}))
