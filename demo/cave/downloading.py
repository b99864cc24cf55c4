"""A download over HTTP, as cave's wget does it (FACTS 2.3)."""

import http.client
import time
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from demo.cave.screen import Screen

CHUNK = 1 << 16
TIMEOUT = 30.0
# A shorter rest of an earlier download is thrown away rather than resumed.
WORTH_RESUMING = 123456
REDIRECTS = 5


def download(uri: str, tarball: Path, screen: Screen) -> bool:
    """Into `X.-PARTIAL-`, which is renamed once it is whole; one try."""
    partial = tarball.with_name(f"{tarball.name}.-PARTIAL-")
    if partial.is_file() and partial.stat().st_size < WORTH_RESUMING:
        screen.complain(
            f" \x1b[32;01m*\x1b[0m Not attempting resume using {partial} (too small)\n"
            f"rm -f {partial}\n"
        )
        partial.unlink()
    screen.print(f"wget -T 30 -t 1 --continue -O {partial} {uri}\r\n")
    screen.print(f"--{time.strftime('%Y-%m-%d %H:%M:%S')}--  {uri}\r\n")
    try:
        whole = _request(uri, partial, screen)
    except (OSError, http.client.HTTPException) as error:
        screen.print(f"failed: {getattr(error, 'strerror', None) or error}.\r\n")
        return False
    if whole:
        screen.complain(f"mv -f {partial} {tarball}\n")
        partial.replace(tarball)
    return whole


def _request(uri: str, partial: Path, screen: Screen) -> bool:
    for _ in range(REDIRECTS):
        parts = urlsplit(uri)
        maker = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        port = parts.port or (443 if parts.scheme == "https" else 80)
        connection = maker(parts.hostname or "", port, timeout=TIMEOUT)
        screen.print(f"Connecting to {parts.hostname}:{port}... ")
        try:
            connection.connect()
            screen.print("connected.\r\n")
            offset = partial.stat().st_size if partial.is_file() else 0
            headers = {"User-Agent": "Wget/1.21.3", "Accept": "*/*"}
            headers |= {"Range": f"bytes={offset}-"} if offset else {}
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request("GET", path or "/", headers=headers)
            response = connection.getresponse()
            screen.print(
                f"HTTP request sent, awaiting response... {response.status} {response.reason}\r\n"
            )
            if response.status in (301, 302, 303, 307, 308):
                uri = urljoin(uri, response.headers["Location"])
                continue
            return _receive(response, partial, offset, screen)
        finally:
            connection.close()
    return False


def _receive(
    response: http.client.HTTPResponse, partial: Path, offset: int, screen: Screen
) -> bool:
    if response.status == 416 and offset:
        screen.print("\r\n    The file is already fully retrieved; nothing to do.\r\n\r\n")
        return True
    if response.status not in (200, 206):
        now = time.strftime("%Y-%m-%d %H:%M:%S")
        screen.print(f"{now} ERROR {response.status}: {response.reason}.\r\n\r\n")
        return False
    length = response.length
    kind = response.headers.get("Content-Type", "application/octet-stream")
    screen.print(f"Length: {length} ({_human(length or 0)}) [{kind}]\r\n")
    screen.print(f"Saving to: ‘{partial}’\r\n\r\n")
    received = 0
    with partial.open("ab" if response.status == 206 else "wb") as file:
        while chunk := response.read(CHUNK):
            file.write(chunk)
            received += len(chunk)
    screen.print(
        f"\r{partial.name[:18]:>18} 100%[===================>] {_human(received):>7}\r\n\r\n"
    )
    if length and received < length:
        return False
    now = time.strftime("%Y-%m-%d %H:%M:%S")
    total = partial.stat().st_size
    screen.print(f"{now} (100 MB/s) - ‘{partial}’ saved [{total}/{total}]\r\n\r\n")
    return True


def _human(size: float) -> str:
    """`3000` as `2.9K`, as wget does."""
    units = ["", "K", "M", "G"]
    while size >= 1024 and len(units) > 1:
        size, units = size / 1024, units[1:]
    return f"{size:.1f}{units[0]}" if size < 10 and units[0] else f"{size:.0f}{units[0]}"
