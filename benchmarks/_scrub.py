"""`python -m benchmarks._scrub`: full scrubs of a repository, and sha256sum over the same files.

Prints one JSON list of bytes a second: ours, then the peer's. It is a program of its own because
Django reads its settings once, and these are for a directory that is thrown away.
"""

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

DIRECTORY = TemporaryDirectory(prefix="pbins-bench-")
os.environ |= {
    "PBINS_DATA_DIR": str(Path(DIRECTORY.name).resolve()),
    "DJANGO_SETTINGS_MODULE": "portal.settings",
}

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402

from pbins.models import Channel, Repository, Tarball  # noqa: E402
from pbins.services.arrivals import Arrival, Refusal, read_arrival, store_pbins  # noqa: E402
from pbins.services.places import distfiles_of  # noqa: E402
from pbins.services.publishing import publish  # noqa: E402
from pbins.services.repositories import add_repository  # noqa: E402
from pbins.services.scrubbing import scrub  # noqa: E402

TARBALLS = 300
SIZE = 2**20
TIMES = 5
PBIN = """\
EAPI="pbin-1+exheres-0"
SLOT="0"
BINARY_PLATFORMS="amd64"
GENERATED_FROM_REPOSITORY="arbor"
GENERATED_TIME="1795350657"
BINARY_URI="mirror://pbins/{}"
"""


def main() -> None:
    """Alternately, so that both meet the same neighbours on the machine."""
    call_command("migrate", verbosity=0)
    repository = add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])
    channel = repository.channels.get()
    arrivals = [_arrival(channel, number) for number in range(TARBALLS)]
    publish(channel=channel, arrivals=arrivals, message="Fill")
    files = sorted(map(str, distfiles_of(repository).root.iterdir()))
    ours, peers = [], []
    for _ in range(TIMES):
        peers.append(_seconds(lambda: _sha256sum(files)))
        ours.append(_seconds(lambda: _scrub(repository)))
    read = TARBALLS * SIZE
    print(json.dumps([read / median(ours), read / median(peers)]))


def _arrival(channel: Channel, number: int) -> Arrival:
    """A published version whose tarball is noise of the usual size."""
    name = f"pbins--app-misc--noise{number}-1--C.{number}.1.1.C.tar.bz2"
    content = os.urandom(SIZE)
    path = distfiles_of(channel.repository).path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    row = Tarball.objects.create(
        repository=channel.repository,
        name=name,
        size=SIZE,
        sha256=hashlib.sha256(content).hexdigest(),
        sha512=hashlib.sha512(content).hexdigest(),
        is_present=True,
    )
    where = f"packages/app-misc/noise{number}/noise{number}-1.pbin-1+exheres-0"
    pbin = read_arrival(channel.repository, where, PBIN.format(name).encode())
    if isinstance(pbin, Refusal):
        raise AssertionError(pbin)  # noqa: TRY004 - it is about the text above
    pbin.tarball = row
    return Arrival(store_pbins([pbin])[0], "")


def _scrub(repository: Repository) -> None:
    report = scrub(repository=repository, full=True)
    if report.findings or report.read != TARBALLS * SIZE:
        raise AssertionError(f"not a full scrub of a healthy repository: {report}")


def _sha256sum(files: list[str]) -> None:
    subprocess.run(["sha256sum", *files], check=True, stdout=subprocess.DEVNULL)


def _seconds(work: Callable[[], None]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


if __name__ == "__main__":
    main()
