"""The processes of a portal on one machine: started, watched, started again, ended together."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

Say = Callable[[str], None]
GRACE_SECONDS = 8.0
CALM_SECONDS = 30.0
LONGEST_PAUSE = 15.0
# What was started ends when the supervisor is killed and can't end it any more.
TIED = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()


@dataclass(slots=True)
class Watched:
    """One process that has to be there."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.5
    due: float = 0.0

    def start(self) -> None:
        # A session of its own: Ctrl-C reaches the supervisor alone, which ends them in order.
        self.process = subprocess.Popen([*TIED, *self.command], start_new_session=True)
        self.started = time.monotonic()

    @property
    def is_up(self) -> bool:
        return self.process is not None and self.process.poll() is None


@dataclass(slots=True)
class Supervisor:
    """Starts processes in the order given and ends them in the reverse."""

    say: Say
    watched: list[Watched] = field(default_factory=list)
    stopping: bool = False

    def add(self, name: str, command: Sequence[str]) -> None:
        one = Watched(name, command)
        self.watched.append(one)
        one.start()

    def watch(self) -> None:
        """Start again whatever ends, until SIGINT or SIGTERM; then end all of it."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        try:
            while not self.stopping:
                for one in self.watched:
                    self._look_after(one)
                time.sleep(0.2)
        finally:
            self.end()

    def end(self) -> None:
        """End everything: the first that was started, which the others need, after all of them."""
        first, *others = self.watched
        for group in (others, [first]):
            for one in group:
                if one.process is not None and one.is_up:
                    one.process.terminate()
            deadline = time.monotonic() + GRACE_SECONDS
            for one in group:
                _wait_or_kill(one, deadline)

    def _stop(self, *_: object) -> None:
        self.stopping = True

    def _look_after(self, one: Watched) -> None:
        if one.is_up or one.process is None:
            return
        now = time.monotonic()
        if not one.due:
            if now - one.started > CALM_SECONDS:
                one.pause = 0.5
            one.due = now + one.pause
            self.say(f"{one.name} ended ({one.process.returncode}); starting it again")
            one.pause = min(one.pause * 2, LONGEST_PAUSE)
        elif now >= one.due:
            one.due = 0.0
            one.start()


def python(*words: str) -> list[str]:
    return [sys.executable, *words]


def _wait_or_kill(one: Watched, deadline: float) -> None:
    if one.process is None:
        return
    try:
        one.process.wait(timeout=max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        one.process.kill()
        one.process.wait()
