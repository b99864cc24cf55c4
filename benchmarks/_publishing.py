"""`python -m benchmarks._publishing many|few|corpus`: one measurement, its seconds on stdout."""

import json
import os
import sys
from collections.abc import Iterator
from hashlib import sha256, sha512
from pathlib import Path
from time import perf_counter

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
django.setup()

from django.core.management import call_command  # noqa: E402 - models need the settings first

from benchmarks.publishing import FEW, LARGE, NEW  # noqa: E402
from pbins.models import Channel, Pbin, Tarball  # noqa: E402
from pbins.services.arrivals import Arrival, Refusal, gate, read_arrival, store_pbins, tarball_name  # noqa: E402
from pbins.services.imports import directory_origin, import_origin  # noqa: E402
from pbins.services.places import distfiles_of  # noqa: E402
from pbins.services.publishing import publish  # noqa: E402
from pbins.services.recipes import give_recipes  # noqa: E402
from pbins.services.repositories import add_repository  # noqa: E402

SIZE = 20_000
TEXT = (
    Path(__file__)
    .parents[1]
    .joinpath("tests/data/repository/packages/dev-libs/libfoo/libfoo-1.3.pbin-1+exheres-0")
    .read_text()
)
PER_CATEGORY = 500
SAME = (
    "version",
    "version_key",
    "slot",
    "summary",
    "description",
    "generated_from",
    "generated_at",
    "platforms",
    "licences",
    "recipe",
)


def main() -> None:
    scenario, *arguments = sys.argv[1:]
    call_command("migrate", verbosity=0)
    add_repository(name="pbins", masters=["arbor"], platforms=["amd64"])
    channel = Channel.objects.select_related("repository").get()
    if scenario == "many":
        seconds = _publish(channel, range(NEW))
    elif scenario == "few":
        _fill(channel, range(LARGE))
        seconds = _publish(channel, range(LARGE, LARGE + FEW))
    else:
        started = perf_counter()
        import_origin(repository=channel.repository, origin=directory_origin(Path(arguments[0])))
        seconds = perf_counter() - started
    print(json.dumps(seconds))


def _publish(channel: Channel, numbers: range) -> float:
    """Pbins as files, their tarballs in place; seconds from the files to what hosts see."""
    files = dict(_files(numbers))
    tarballs = _tarballs(channel, numbers)
    started = perf_counter()
    arrivals = []
    for path, content in files.items():
        pbin = read_arrival(channel.repository, path, content)
        if isinstance(pbin, Refusal):
            raise SystemExit(str(pbin))
        name = tarball_name(pbin)
        pbin.tarball = tarballs[name]
        arrivals.append((pbin, gate(pbin, tarball=name)))
    stored = store_pbins(pbin for pbin, _ in arrivals)
    made = publish(
        channel=channel,
        arrivals=[Arrival(row, held) for row, (_, held) in zip(stored, arrivals, strict=True)],
        message="Add many",
    )
    seconds = perf_counter() - started
    held = Pbin.objects.filter(entries__withheld="").count()
    if made is None or held != numbers.stop:
        raise SystemExit(f"{held} of {numbers.stop} are given to hosts")
    return seconds


def _fill(channel: Channel, numbers: range) -> None:
    """The same by a shorter way: what is read and gated is not what is measured."""
    tarballs = _tarballs(channel, numbers)
    pattern = read_arrival(channel.repository, *next(_files(numbers)))
    if isinstance(pattern, Refusal):
        raise SystemExit(str(pattern))
    give_recipes([pattern])
    same = {name: getattr(pattern, name) for name in SAME}
    rows = []
    for number, (path, content) in zip(numbers, _files(numbers), strict=True):
        _, category, package, _ = path.split("/")
        rows.append(
            Pbin(
                repository=channel.repository,
                category=category,
                package=package,
                path=path,
                text=content.decode(),
                digest=sha256(content).hexdigest(),
                tarball=tarballs[_tarball(number)],
                **same,
            )
        )
    made = Pbin.objects.bulk_create(rows, batch_size=500)
    publish(channel=channel, arrivals=[Arrival(row, "") for row in made], message="Add all")


def _files(numbers: range) -> Iterator[tuple[str, bytes]]:
    for number in numbers:
        name = f"cat-{number // PER_CATEGORY}/package{number}"
        path = f"packages/{name}/package{number}-1.3.pbin-1+exheres-0"
        lines = (
            f'BINARY_URI="mirror://pbins/{_tarball(number)}"'
            if line.startswith("BINARY_URI=")
            else line
            for line in TEXT.splitlines()
        )
        yield path, "\n".join([*lines, ""]).encode()


def _tarballs(channel: Channel, numbers: range) -> dict[str, Tarball]:
    """Rows and files, as taking a build over leaves them; the files are nothing but holes."""
    distfiles = distfiles_of(channel.repository)
    rows = []
    for number in numbers:
        name = _tarball(number)
        place = distfiles.path(name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
        os.truncate(place, SIZE)
        digests = sha256(name.encode()).hexdigest(), sha512(name.encode()).hexdigest()
        rows.append(
            Tarball(
                repository=channel.repository,
                name=name,
                size=SIZE,
                sha256=digests[0],
                sha512=digests[1],
                is_present=True,
            )
        )
    made = Tarball.objects.bulk_create(rows, batch_size=500)
    return {row.name: row for row in made}


def _tarball(number: int) -> str:
    category = number // PER_CATEGORY
    return f"pbins--cat-{category}--package{number}-1.3--C.{number}.1.1.C.tar.bz2"


if __name__ == "__main__":
    main()
