"""``make demo``: the real portal with a stand-in fleet, from nothing to hosts that took a package.

Everything lives in one directory; a second start goes on from what is there.
"""

import argparse
import json
import logging
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from demo.fleet import Fleet, StandInHost

ROOT = Path(__file__).resolve().parent.parent
HOSTS = ("forge", "web1", "web2", "db1")
BUILDER, *CONSUMERS = HOSTS
TAGS = {"forge": "build", "web1": "web", "web2": "web", "db1": "database"}
REPOSITORY = "pbins"
SETS = {
    "base": ("app-shells/conch", "app-arch/packrat", "sys-process/clockwork"),
    "webserver": ("net-www/waiter", "net-libs/envelope"),
}
FIRST_SET = "base"
FIRST_INSTALL = "app-shells/conch"
ADMINISTRATOR = "admin"
START_SECONDS = 60.0


class DemoFailed(Exception):
    """A step of the demo did not work; the message says which and why."""


class Demo:
    """The portal's processes, the fleet, and the command line between them."""

    def __init__(self, directory: Path, port: int) -> None:
        self.directory = directory
        self.url = f"http://127.0.0.1:{port}"
        self.port = port
        self.password_file = directory / "password"
        self.portal: subprocess.Popen[bytes] | None = None
        self.fleet: Fleet | None = None
        self.steps = 0

    def run(self) -> None:
        """Start everything, make the first packages, and stay until Ctrl-C."""
        self.directory.mkdir(parents=True, exist_ok=True)
        try:
            self._step("starting the stand-in fleet: " + ", ".join(HOSTS))
            self.fleet = Fleet(self.directory / "fleet", HOSTS)
            self._step("starting the portal: database, redis, workers, scheduler, web server")
            self._start_portal()
            password = self._administrator()
            self._introduce(self.fleet)
            self._first_packages()
            self._greet(password)
            self._wait()
        finally:
            self._stop()

    def _start_portal(self) -> None:
        command = [sys.executable, "manage.py", "up", "--port", str(self.port)]
        log = (self.directory / "portal.log").open("ab")
        self.portal = subprocess.Popen(
            command,
            cwd=ROOT,
            env=self._environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        log.close()
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self.portal.poll() is not None or time.monotonic() > deadline:
                raise DemoFailed(f"the portal did not start:\n{self._last_words()}")
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/login/", timeout=2) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def _administrator(self) -> str:
        """The demo's administrator, with a password made on the first start."""
        if self.password_file.exists():
            return self.password_file.read_text().strip()
        self._step(f"making the administrator “{ADMINISTRATOR}”")
        password = secrets.token_urlsafe(9)
        words = ("createsuperuser", "--noinput", "--username", ADMINISTRATOR)
        self._manage(
            *words, "--email", "admin@localhost", more={"DJANGO_SUPERUSER_PASSWORD": password}
        )
        self.password_file.touch(mode=0o600)
        self.password_file.write_text(f"{password}\n")
        return password

    def _introduce(self, fleet: Fleet) -> None:
        """Add, trust and provision what the portal does not know yet."""
        known = {host["name"]: host for host in self._json("host", "list")}
        for name in HOSTS:
            host = fleet[name]
            if name in known and known[name]["port"] == host.port:
                continue
            if name in known:
                raise DemoFailed(
                    f"port {known[name]['port']} of {name} is taken by another program; free it,"
                    " or begin anew with: make demo-clean"
                )
            self._step(f"adding and trusting {name}, a stand-in host on port {host.port}")
            self._add_host(host)
        if REPOSITORY not in {one["name"] for one in self._json("repository", "list")}:
            self._step(f"making the repository “{REPOSITORY}” and provisioning every host")
            self._manage(
                *("repository", "add", REPOSITORY, "--builder", BUILDER),
                *("--masters", "arbor", "--platforms", "amd64 ~amd64"),
            )
            self._manage("repository", "provision", REPOSITORY)
            for name, specs in SETS.items():
                self._manage("set", "add", name, *specs)

    def _add_host(self, host: StandInHost) -> None:
        role = "--builder" if host.name == BUILDER else "--consumer"
        added = self._json(
            *("host", "add", host.name, "--address", host.address, "--port", str(host.port)),
            *("--user", "root", "--prefix", str(host.directory), role, "--tag", TAGS[host.name]),
        )
        host.authorize(added["public_key"])
        self._manage("host", "trust", host.name)
        self._manage("host", "probe", host.name)

    def _first_packages(self) -> None:
        runs = self._json("run", "list")
        if any(run["kind"] == "build" for run in runs):
            return
        self._step(f"building and publishing the package set “{FIRST_SET}” on {BUILDER}")
        self._manage("build", REPOSITORY, "--set", FIRST_SET, "--wait", show=True)
        self._step(f"syncing {', '.join(CONSUMERS)} and installing {FIRST_INSTALL} there")
        self._manage("sync", REPOSITORY, "--all", "--install", FIRST_INSTALL, "--wait", show=True)

    def _greet(self, password: str) -> None:
        print(
            f"\n    The demo is at  {self.url}/\n"
            f"    user name       {ADMINISTRATOR}\n"
            f"    password        {password}\n\n"
            "The hosts are stand-ins: SSH servers on this machine with a stand-in for cave.\n"
            "Ctrl-C stops everything; make demo goes on from here; make demo-clean removes it.\n",
            flush=True,
        )

    def _wait(self) -> None:
        while self.portal is not None and self.portal.poll() is None:
            time.sleep(0.5)
        raise DemoFailed(f"the portal has stopped:\n{self._last_words()}")

    def _stop(self) -> None:
        if self.portal is not None and self.portal.poll() is None:
            print("\nstopping", flush=True)
            self.portal.terminate()
            self.portal.wait()
        if self.fleet is not None:
            self.fleet.stop()

    def _step(self, text: str) -> None:
        self.steps += 1
        print(f"[{self.steps}] {text} …", flush=True)

    def _json(self, *words: str) -> Any:
        return json.loads(self._manage(*words, "--json"))

    def _manage(
        self, *words: str, more: Mapping[str, str] | None = None, show: bool = False
    ) -> str:
        """Run one command of the portal and return its output; with ``show`` it is seen too."""
        command = [sys.executable, "manage.py", *words]
        output: list[str] = []
        with subprocess.Popen(
            command,
            cwd=ROOT,
            env={**self._environment(), **(more or {})},
            stdout=subprocess.PIPE,
            stderr=None if show else subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                output.append(line)
                if show:
                    print(f"    {line}", end="", flush=True)
            said = process.stderr.read() if process.stderr is not None else ""
        if process.returncode != 0:
            raise DemoFailed(f"“{' '.join(words)}” failed:\n{said}{''.join(output)}")
        return "".join(output)

    def _environment(self) -> dict[str, str]:
        kept = {name: text for name, text in os.environ.items() if not name.startswith("PBINS_")}
        return kept | {
            "PBINS_DATA_DIR": str(self.directory / "portal"),
            "PBINS_BASE_URL": self.url,
            "PBINS_DEMO": "yes",
        }

    def _last_words(self) -> str:
        lines = (self.directory / "portal.log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-15:])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--directory", type=Path, default=ROOT / "demo-data")
    parser.add_argument("--fresh", action="store_true", help="forget what an earlier start made")
    arguments = parser.parse_args()
    if arguments.fresh:
        shutil.rmtree(arguments.directory, ignore_errors=True)
    signal.signal(signal.SIGTERM, _interrupt)
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # of connections that just end
    try:
        Demo(arguments.directory.resolve(), arguments.port).run()
    except DemoFailed as failure:
        print(f"\nThe demo failed: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
