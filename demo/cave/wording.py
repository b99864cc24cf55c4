"""How jobs are named, counted and summed up in what cave prints."""

from collections.abc import Mapping
from pathlib import Path

from demo.cave.configuration import Configuration
from demo.cave.decisions import CREATE_BINARY
from demo.cave.plan import FAILED, PENDING, Job
from demo.cave.screen import Screen


class Counter:
    """`x of y[, f failed]`; fetches and installs each have their own."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.failed = 0

    def next(self) -> str:
        self.done += 1
        return f"{self.done} of {self.total}"

    def text(self) -> str:
        return f"{self.done} of {self.total}" + (f", {self.failed} failed" if self.failed else "")


def action_name(job: Job) -> str:
    if job.is_fetch:
        return "fetch"
    if job.destination_type == CREATE_BINARY:
        return f"create binary in ::{job.destination}"
    return "install to /"


def where(job: Job) -> str:
    return f"::{job.destination}"


def without_name(spec: str) -> str:
    """`=dev-util/mker-3:0::mybinaries` as `3:0::mybinaries`."""
    head, colon, tail = spec.partition(":")
    name = head.rpartition("/")[2]
    for place, letter in enumerate(name):
        if letter == "-" and name[place + 1 : place + 2].isdigit():
            return f"{name[place + 1 :]}{colon}{tail}"
    return spec


def replacing_text(job: Job) -> str:
    """` replacing 3:0::mybinaries`, or nothing."""
    return f" replacing {', '.join(map(without_name, job.replacing))}" if job.replacing else ""


def say_summary(
    configuration: Configuration, jobs: list[Job], logs: Mapping[int, Path], screen: Screen
) -> None:
    """Printed when anything did not succeed; `logs` are those kept, by job number."""
    screen.say("Summary:\n\n")
    known = {each.spec for each in configuration.packages()}
    for number, job in enumerate(jobs):
        if job.is_fetch and job.state not in (FAILED, PENDING):
            continue
        origin = job.origin.lstrip("=") if job.origin in known else job.origin
        key = f"summary_job_{job.state.lower()}.1"
        screen.announce(key, s=_description(job, origin))
        if number in logs:
            screen.say(f"\x1b[1;31m***\x1b[0;0m Output log: {logs[number]}\n")


def _description(job: Job, origin: str) -> str:
    if job.is_fetch:
        return f"fetch {origin}"
    versions = [without_name(each).partition(":")[0] for each in job.replacing]
    replacing = f" replacing {', '.join(versions)}" if versions else ""
    return f"install {origin} to {where(job)}{replacing}"
