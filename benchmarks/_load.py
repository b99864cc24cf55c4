"""`python -m benchmarks._load`: pages while feeds are polled and tarballs fetched.

Over HTTP from the portal's own web server, with the data directory and the database that
`benchmarks._pages` has filled; prints lines of JSON as that does. 30 polls a second are more than
100,000 an hour.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from statistics import median, quantiles
from threading import Event, Thread

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.conf import settings  # noqa: E402 - settings are read once they are needed
from django.contrib.auth.models import User  # noqa: E402
from django.test import Client  # noqa: E402

from benchmarks._addresses import addresses  # noqa: E402

PORT = 8974
POLLS, DOWNLOADS = 30, 8
"""Polls a second, and tarballs fetched at once."""
SECONDS = 20.0
PAGES = ("dashboard", "catalogue", "package_page", "version_page", "hosts", "runs")
ALONE, LOADED = (
    "pages over HTTP",
    f"pages over HTTP with {POLLS} polls a second and {DOWNLOADS} downloads",
)


def main() -> None:
    client = Client()
    client.force_login(User.objects.get(username="bench"))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    known = addresses()
    pages = [address for name in PAGES for address in known[name][:5]]
    with _server():
        headers = {"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"}
        _tell(ALONE, _milliseconds(pages, headers))
        with _polls(known["feed_everything"]), _downloads(known["tarball"]):
            _tell(LOADED, _milliseconds(pages, headers))


def _tell(name: str, times: list[float]) -> None:
    print(json.dumps([name, median(times), quantiles(times, n=20)[-1]]), flush=True)


@contextmanager
def _server() -> Iterator[None]:
    """As `manage.py up` starts it."""
    words = ("--worker-class", "gthread", "--workers", "2", "--threads", "16")
    where = ("--bind", f"127.0.0.1:{PORT}", "--log-level", "warning", "--no-control-socket")
    command = [sys.executable, "-m", "gunicorn", "portal.wsgi:application", *words, *where]
    with subprocess.Popen(command) as process:
        try:
            _wait()
            yield
        finally:
            process.terminate()


def _wait() -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            _get(HTTPConnection("127.0.0.1", PORT), "/login/", {})
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the web server did not start")


def _get(connection: HTTPConnection, address: str, headers: dict[str, str]) -> dict[str, str]:
    connection.request("GET", address, headers=headers)
    answer = connection.getresponse()
    answer.read()
    if answer.status >= 400:
        raise SystemExit(f"{address} answers {answer.status}")
    return dict(answer.headers)


def _milliseconds(pages: list[str], headers: dict[str, str]) -> list[float]:
    """One reader who asks for one page after the other."""
    connection = HTTPConnection("127.0.0.1", PORT)
    for address in pages:
        _get(connection, address, headers)
    times = []
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        for address in pages:
            started = time.perf_counter()
            _get(connection, address, headers)
            times.append((time.perf_counter() - started) * 1000)
    return times


@contextmanager
def _repeated(work: Callable[[HTTPConnection], None], threads: int) -> Iterator[None]:
    ended = Event()

    def go_on() -> None:
        connection = HTTPConnection("127.0.0.1", PORT)
        while not ended.is_set():
            work(connection)

    started = [Thread(target=go_on) for _ in range(threads)]
    for thread in started:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in started:
            thread.join()


@contextmanager
def _polls(feeds: list[str]) -> Iterator[None]:
    """Feed readers that have the latest; three threads share the polls."""
    known = {}
    for address in feeds:
        known[address] = _get(HTTPConnection("127.0.0.1", PORT), address, {})["ETag"]

    def poll(connection: HTTPConnection) -> None:
        for address, tag in known.items():
            _get(connection, address, {"If-None-Match": tag})
            time.sleep(3 / POLLS)

    with _repeated(poll, 3):
        yield


@contextmanager
def _downloads(tarballs: list[str]) -> Iterator[None]:
    """Hosts that install; each takes a breath, as unpacking does, and is not the only reader."""

    def fetch(connection: HTTPConnection) -> None:
        for address in tarballs:
            _get(connection, address, {})
            time.sleep(0.05)

    with _repeated(fetch, DOWNLOADS):
        yield


if __name__ == "__main__":
    main()
