"""`python -m benchmarks._portal`: a portal of its own with 50 stand-in builders, and its numbers.

Prints a line of JSON for each number. It is a program of its own because Django reads its settings
once, and these are for a directory that is thrown away.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

DIRECTORY = TemporaryDirectory(prefix="pbins-bench-")
ROOT = Path(DIRECTORY.name).resolve()
os.environ |= {"PBINS_DATA_DIR": str(ROOT / "portal"), "DJANGO_SETTINGS_MODULE": "portal.settings"}

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402

from pbins.jobs.submission import queue_health, submit  # noqa: E402
from pbins.models import Host, HostState, Repository, Run, RunKind, RunState  # noqa: E402
from pbins.services.connection import connected  # noqa: E402
from pbins.services.credentials import portal_credential  # noqa: E402
from pbins.services.following import remote_run  # noqa: E402
from pbins.services.hosts import add_host  # noqa: E402
from pbins.services.logs import log_size, read_log  # noqa: E402
from pbins.services.queueing import default_channel, queue_build, queue_provision  # noqa: E402
from pbins.services.remote import start_stage  # noqa: E402
from pbins.services.repositories import add_repository  # noqa: E402

HOSTS = 50
PORT = 8973
LOOK_SECONDS = 0.02
WARM_SECONDS = 5.0
MEASURED_SECONDS = 12.0
INTAKE = 100 * 2**20
PATIENCE = 120.0
# A line twice a second with the time at which it was written.
STOP = ROOT / "stop"
TELL_TIME = f"while [ ! -e {STOP} ]; do date +%s.%N >> log; sleep 0.5; done; status=0"
LINE = "x86_64-pc-linux-gnu-gcc -DHAVE_CONFIG_H -I. -O2 -pipe -fPIC -c -o file17.o file17.c"
PRINT_MUCH = f"yes '{LINE}' | head -c {INTAKE} >> log; status=0"


def main() -> None:
    """Measure everything; what was started is ended whatever happens."""
    call_command("migrate", verbosity=0)
    with _fleet() as hosts, _portal():
        repository = add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])
        builders = [_builder(name, *where, repository) for name, where in hosts.items()]
        _tell("first_command", _seconds_to_first_command(repository, builders[0]))
        for count in (1, HOSTS):
            lags = _lags(repository, builders[:count])
            _tell(f"lag_median_{count}", median(lags))
            _tell(f"lag_p95_{count}", quantiles(lags, n=20)[-1])
        _tell("intake", _bytes_per_second(repository, builders[0]))


def _tell(name: str, value: float) -> None:
    print(json.dumps([name, value]), flush=True)


@contextmanager
def _fleet() -> Iterator[dict[str, tuple[int, str]]]:
    key = portal_credential().public_key.strip()
    command = [sys.executable, "-m", "benchmarks._fleet", str(ROOT / "fleet"), str(HOSTS), key]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        if process.stdout is None or process.stdin is None:
            raise AssertionError("both are pipes")
        yield json.loads(process.stdout.readline())
        process.stdin.close()


@contextmanager
def _portal() -> Iterator[None]:
    command = [sys.executable, "manage.py", "up", "--port", str(PORT)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            _wait(lambda: queue_health().workers > 0)
            yield
        finally:
            process.terminate()


def _builder(name: str, port: int, host_key: str, repository: Repository) -> Host:
    host = add_host(
        name=name,
        address="127.0.0.1",
        port=port,
        user="root",
        credential=portal_credential(),
        is_builder=True,
        is_consumer=False,
        prefix=str(ROOT / "fleet" / name),
    )
    host.host_key, host.state = host_key, HostState.READY
    host.save()
    repository.builders.add(host)
    return host


def _seconds_to_first_command(repository: Repository, host: Host) -> float:
    """From "Build" until a stage has begun on a host where nothing else goes on."""
    provision = queue_provision(repository=repository, host=host, asked_by=None)
    submit(provision)
    _wait(lambda: Run.objects.get(pk=provision.pk).is_final)
    taken = []
    for _ in range(3):
        asked = time.monotonic()
        run = queue_build(repository=repository, specs=["sys-libs/zlib"], host=host, asked_by=None)
        submit(run)
        _wait(Path(remote_run(run).file("planning1.claim")).exists)
        taken.append(time.monotonic() - asked)
        _wait(lambda pk=run.pk: Run.objects.get(pk=pk).is_final)  # type: ignore[misc]
    return median(taken)


def _lags(repository: Repository, hosts: list[Host]) -> list[float]:
    """Seconds from a line's being written on its host to its being in the portal's log."""
    runs = [_started(repository, host, TELL_TIME) for host in hosts]
    seen = dict.fromkeys((run.pk for run in runs), 0)
    lags: list[float] = []
    begin = time.monotonic() + WARM_SECONDS
    while (now := time.monotonic()) < begin + MEASURED_SECONDS:
        for run in runs:
            size, at = log_size(run), time.time()
            if size > seen[run.pk]:
                lines = read_log(run, seen[run.pk], size).splitlines()
                seen[run.pk] = size
                if now > begin:
                    lags += [at - float(line) for line in lines]
        time.sleep(LOOK_SECONDS)
    _end(runs)
    return lags


def _bytes_per_second(repository: Repository, host: Host) -> float:
    run = _started(repository, host, PRINT_MUCH)
    _wait(lambda: log_size(run) > 0)
    began, size = time.monotonic(), log_size(run)
    _wait(lambda: log_size(run) >= INTAKE)
    taken = time.monotonic() - began
    _end([run])
    return (INTAKE - size) / taken


def _started(repository: Repository, host: Host, body: str) -> Run:
    """A build in the midst of its work, which is this shell text instead of cave."""
    run = Run.objects.create(
        kind=RunKind.BUILD,
        host=host,
        repository=repository,
        channel=default_channel(repository),
        specs=["sys-libs/zlib"],
        choices={},
    )
    with connected(host) as transport:
        start_stage(transport, remote_run(run), stage="executing1", body=body)
    Run.objects.filter(pk=run.pk).update(state=RunState.EXECUTING)
    return run


def _end(runs: list[Run]) -> None:
    """Have the work stop by itself, and forget it."""
    Run.objects.filter(pk__in=[run.pk for run in runs]).update(state=RunState.CANCELLED)
    STOP.touch()
    time.sleep(2)  # the stages look twice a second
    STOP.unlink()


def _wait(question: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not question():
        if time.monotonic() > end:
            raise AssertionError("it did not happen")
        time.sleep(LOOK_SECONDS)


if __name__ == "__main__":
    with DIRECTORY:
        main()
