"""Files from web servers: resumed, bounded to the web, and every refusal in words."""

import io
from collections.abc import Iterator

import pytest

from pbins.transport.errors import RemoteFileError, RemoteFileMissing, WebServerSilent
from pbins.transport.web import web_download, web_size
from tests.web_server import WebServer, serving

CONTENT = bytes(range(256)) * 2000


@pytest.fixture
def server() -> Iterator[WebServer]:
    with serving() as server:
        server.files["/x"] = CONTENT
        yield server


def test_a_file_comes_with_its_size_told_before(server: WebServer) -> None:
    into = io.BytesIO()
    assert web_size(f"{server.url}/x") == len(CONTENT)
    assert web_download(f"{server.url}/x", into) == len(CONTENT)
    assert into.getvalue() == CONTENT


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_it_goes_on_where_it_was_cut(server: WebServer, *, knows_ranges: bool) -> None:
    server.knows_ranges = knows_ranges
    server.cut_after = [100_000]
    into = io.BytesIO()
    with pytest.raises(WebServerSilent):
        web_download(f"{server.url}/x", into)
    had = len(into.getvalue())
    assert 0 < had < len(CONTENT)
    assert web_download(f"{server.url}/x", into, offset=had) == len(CONTENT) - had
    assert into.getvalue() == CONTENT
    assert server.asked[-1] == ("GET", "/x", f"bytes={had}-")


def test_what_is_not_there_is_missing(server: WebServer) -> None:
    with pytest.raises(RemoteFileMissing):
        web_download(f"{server.url}/y", io.BytesIO())


def test_a_redirect_is_followed_on_the_web_only(server: WebServer) -> None:
    server.redirects = {"/a": "/x", "/b": "file:///etc/passwd", "/c": "ftp://127.0.0.1/x"}
    into = io.BytesIO()
    assert web_download(f"{server.url}/a", into, offset=5) == len(CONTENT) - 5
    for path in ("/b", "/c"):
        with pytest.raises((RemoteFileError, WebServerSilent)):
            web_download(f"{server.url}{path}", io.BytesIO())


@pytest.mark.parametrize("url", ["file:///etc/passwd", "/etc/passwd", "ftp://x/y", "data:,x"])
def test_nothing_but_the_web_is_asked(url: str) -> None:
    with pytest.raises(RemoteFileError, match="only http"):
        web_download(url, io.BytesIO())


def test_a_server_that_is_down_is_told() -> None:
    with serving() as server:
        url = server.url
    with pytest.raises(WebServerSilent, match="can't be fetched"):
        web_size(f"{url}/x")
