"""The chatter of an ebuild's phases, and what a package of the stand-in does in them."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from demo.cave.host import Host
from demo.cave.packages import Package
from demo.cave.screen import Screen

BUILD_PHASES = ("unpack", "prepare", "configure", "compile", "test", "test_expensive", "install")
ERROR_LINE = 2554
LINES_AT_ONCE = 500
POLL_SECONDS = 0.02


class PhaseError(Exception):
    """A phase died; what it said is on standard error already."""


class Phases:
    def __init__(self, package: Package, host: Host, screen: Screen) -> None:
        self.package = package
        self.host = host
        self.screen = screen

    def kill_old(self) -> None:
        self.run("killold", ["builtin_killold"], "root:root", single=True)

    def start(self) -> None:
        self.run("init saveenv", ["builtin_init", "builtin_saveenv"])

    def tidy_up(self) -> None:
        self.run("loadenv tidyup", ["builtin_loadenv", "builtin_tidyup"], "root:root")
        self.screen.print("\n")
        for text in ("Regenerating environment...", "Done regenerating environment"):
            self.screen.message(text)
        self.screen.message("Updating CONFIG_PROTECT and CONFIG_PROTECT_MASK caches.")
        self.screen.say("\n")

    def skip(self, name: str) -> None:
        self.screen.print(f"--- No need to do anything for {name} phase\n")

    def build(self) -> None:
        """Raises PhaseError when the package's description says so."""
        self.skip("setup")
        for name in BUILD_PHASES:
            if name in self.host.skipped_phases:
                self.screen.print(f"--- Skipping {name} phase\n")
                continue
            user = "root:root" if name == "install" else "paludisbuild:paludisbuild"
            functions = ["builtin_loadenv", f"src_{name}", "builtin_saveenv"]
            self.run(f"loadenv {name} saveenv", functions, user, self._body(name))

    def run(
        self,
        names: str,
        functions: list[str],
        user: str = "paludisbuild:paludisbuild",
        body: Callable[[], None] | None = None,
        *,
        single: bool = False,
    ) -> None:
        """One `Running ebuild phases …` block; `body` is what the second function does."""
        plural = "phase" if single else "phases"
        self.screen.phase(f"Running ebuild {plural} {names} as {user}...")
        for number, function in enumerate(functions):
            self.screen.phase(f"Starting {function}")
            if body and number == 1:
                body()
            self.screen.phase(f"Done {function}")
        self.screen.phase(f"Completed ebuild {plural} {names}")

    def _body(self, phase: str) -> Callable[[], None] | None:
        if phase == "compile":
            return self._compile
        if phase == self.package.keys.get("FAILS_AT"):
            return lambda: self._fail(phase)
        if phase == "test":
            return lambda: self.screen.print("No Makefile, skipping tests\r\n")
        return None

    def _compile(self) -> None:
        keys = self.package.keys
        says = keys.get("SAYS", f"gcc -O2 -c {self.package.package}.c").replace("\\e", "\x1b")
        self.screen.print("".join(f"{line}\r\n" for line in says.split("\n")))
        self._wait_for(keys.get("WAITS_FOR", ""))
        self._wait(float(keys.get("SECONDS", "0")))
        self._keep_silent(float(keys.get("SILENT_SECONDS", "0")))
        self._print_lines(int(keys.get("LINES", "0")))
        if keys.get("FAILS_AT") == "compile":
            self._fail("compile")

    def _wait_for(self, path: str) -> None:
        """How a test holds a build at a known place: `path`.waiting says that it has come there."""
        if path:
            Path(f"{path}.waiting").touch()
        while path and not Path(path).exists():
            time.sleep(POLL_SECONDS)

    def _wait(self, seconds: float) -> None:
        """A line a second, as a slow compiler would."""
        for second in range(int(seconds)):
            time.sleep(self.host.pace)
            self.screen.print(f"[{second + 1:3}/{seconds:3.0f}] gcc -O2 -c part{second + 1}.c\r\n")

    def _keep_silent(self, seconds: float) -> None:
        """A real cave says that there was no output about every ten seconds (FACTS 4.5)."""
        for second in range(1, int(seconds) + 1):
            time.sleep(self.host.pace)
            if second % 10 == 0:
                self.screen.say(f"-> (no output for {second} seconds)\n")

    def _print_lines(self, count: int) -> None:
        for first in range(1, count + 1, LINES_AT_ONCE):
            last = min(first + LINES_AT_ONCE, count + 1)
            name = self.package.package
            self.screen.print(
                "".join(f"{name}: generated line {n} of {count}\r\n" for n in range(first, last))
            )

    def _fail(self, phase: str) -> NoReturn:
        keys = self.package.keys
        self.die(f"src_{phase}", keys.get("FAILS_WITH", "emake failed"), keys.get("COMPLAINS", ""))

    def die(self, function: str, reason: str, before: str = "") -> NoReturn:
        """What `die` prints on standard error; always raises PhaseError."""
        where = f"{function} at line {ERROR_LINE}"
        self.screen.complain(
            f"{before}\n" * bool(before) + f"\n!!! ERROR in {self.package.without_slot}:\n"
            f"!!! In {where}\n!!! {reason}\n\n!!! Call stack:\n"
            f"!!!    * {function} (/usr/libexec/paludis/ebuild.bash:{ERROR_LINE})\n\n"
            "diefunc: making ebuild PID 2 exit with error\ndie trap: exiting with error.\n"
        )
        raise PhaseError(reason)
