"""`python -m benchmarks._intake DIRECTORY COUNT BYTES`: tarballs of a builder, taken over.

The builder is a real sshd at the end of a line of ten milliseconds each way. Prints a line of JSON:
seconds of the portal, and of the tools that a person would use to have and check the same.
"""

import bz2
import io
import json
import os
import random
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - models need the settings first

from pbins.models import Host, HostState, Repository  # noqa: E402
from pbins.services.admitting import admit_all  # noqa: E402
from pbins.services.connection import connected  # noqa: E402
from pbins.services.credentials import open_private_key, portal_credential  # noqa: E402
from pbins.services.hosts import add_host  # noqa: E402
from pbins.services.intake import take_over  # noqa: E402
from pbins.services.layouts import distdir_on  # noqa: E402
from pbins.services.repositories import add_repository  # noqa: E402

DELAY = 0.01
NAME = "pbins--sys-test--hello-{}--C.1.1.1.C.tar.bz2"
CHECK = 'for file in *; do bzip2 -t "$file" && sha256sum "$file" && sha512sum "$file"; done'


def main(scratch: str, count: str, size: str) -> None:
    directory = Path(scratch).resolve()
    call_command("migrate", verbosity=0)
    repository = add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])
    with _builder(directory, repository) as host:
        distdir = Path(distdir_on(host, repository))
        names = list(_fill(distdir, int(count), int(size)))
        ours = _take(host, repository, names)
        peers = _copy(host, distdir, directory)
    print(json.dumps([ours, peers]))


@contextmanager
def _builder(directory: Path, repository: Repository) -> Iterator[Host]:
    key = portal_credential().public_key.strip()
    fleet = [sys.executable, "-m", "benchmarks._fleet", str(directory / "fleet"), "1", key]
    with _telling(fleet) as told:
        port, host_key = json.loads(told)["host0"]
        line = [sys.executable, "-m", "benchmarks._delay", str(port), str(DELAY)]
        with _telling(line) as begins_at:
            host = add_host(
                name="host0",
                address="127.0.0.1",
                port=int(begins_at),
                user="root",
                credential=portal_credential(),
                is_builder=True,
                is_consumer=False,
                prefix=str(directory / "fleet" / "host0"),
            )
            host.host_key, host.state = host_key, HostState.READY
            host.save()
            repository.builders.add(host)
            yield host


@contextmanager
def _telling(command: list[str]) -> Iterator[str]:
    """A program that prints one line and lives until its input ends."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None or process.stdin is None:
            raise AssertionError("both are pipes")
        try:
            yield process.stdout.readline()
        finally:
            process.stdin.close()


def _fill(distdir: Path, count: int, size: int) -> Iterator[str]:
    """Whole tarballs of about so many bytes: one member whose content does not get smaller."""
    distdir.mkdir(parents=True, exist_ok=True)
    noise = random.Random(1)
    block = noise.randbytes(min(900_000, size * 3 // 4))
    packed = bz2.compress(block)
    for number in range(count):
        name = NAME.format(f"1.{number}")
        blocks = max(1, size // len(packed))
        with (distdir / name).open("wb") as file:
            file.write(bz2.compress(_member("usr/lib/noise", len(block) * blocks)))
            for _ in range(blocks):
                file.write(packed)
            padding = b"\0" * (-len(block) * blocks % tarfile.BLOCKSIZE)
            environment = f"declare -x NUMBER={number}\n".encode() * 100
            end = io.BytesIO()
            with tarfile.open(fileobj=end, mode="w") as tar:
                entry = tarfile.TarInfo("PBIN/environment")
                entry.size = len(environment)
                tar.addfile(entry, io.BytesIO(environment))
            file.write(bz2.compress(padding + end.getvalue()))
        yield name


def _member(name: str, size: int) -> bytes:
    entry = tarfile.TarInfo(name)
    entry.size = size
    return entry.tobuf(tarfile.GNU_FORMAT)


def _take(host: Host, repository: Repository, names: list[str]) -> float:
    started = perf_counter()
    with connected(host) as transport:
        for batch in take_over(
            repository=repository, host=host, transport=transport, names=names, say=len
        ):
            _, refused = admit_all(repository, batch)
            if refused:
                raise SystemExit(str(refused))
    seconds = perf_counter() - started
    if repository.tarballs.filter(is_present=True).count() != len(names):
        raise SystemExit("not all are there")
    return seconds


def _copy(host: Host, distdir: Path, directory: Path) -> float:
    key = directory / "key"
    key.touch(mode=0o600)
    key.write_text(open_private_key(host.credential))
    target = directory / "copied"
    target.mkdir()
    options = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
    remote = f"ssh -F none -i {key} {options} -p {host.port} root@127.0.0.1"
    started = perf_counter()
    copy = f"{remote} 'cd {distdir} && tar cf - .' | tar xf - && {CHECK}"
    subprocess.run(["sh", "-ec", copy], cwd=target, check=True, stdout=subprocess.DEVNULL)
    return perf_counter() - started


if __name__ == "__main__":
    main(*sys.argv[1:])
