"""A repository with versions that are really published: real tarballs, real git."""

import bz2
import io
import tarfile
from pathlib import Path

from pbins.models import Channel, Pbin, Repository
from pbins.services.arrivals import Arrival, Refusal, read_arrival, store_pbins
from pbins.services.places import distfiles_of, places
from pbins.services.publishing import publish
from tests.factories import pbin_text
from tests.taking import take_tarball


def tarball_bytes(seed: str = "") -> bytes:
    """As small as a whole one can be; each seed gives another."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        environment = f"declare -x SEED={seed}\n".encode()
        entry = tarfile.TarInfo("PBIN/environment")
        entry.size = len(environment)
        tar.addfile(entry, io.BytesIO(environment))
    return bz2.compress(plain.getvalue())


def publish_version(
    channel: Channel, name: str = "sys-test/hello", version: str = "1.0", *, build: int = 1
) -> Pbin:
    """Bring a version with its tarball into a channel. ``build`` tells builds of one apart."""
    package = name.partition("/")[2]
    tarball = f"pbins--{name.replace('/', '--')}-{version}--C.{build}.1.1.C.tar.bz2"
    fields = {
        "BINARY_URI": f"mirror://pbins/{tarball}",
        "GENERATED_TIME": str(1_795_350_000 + build),
    }
    path = f"packages/{name}/{package}-{version}.pbin-1+exheres-0"
    pbin = read_arrival(channel.repository, path, pbin_text(fields).encode())
    assert not isinstance(pbin, Refusal)
    places().incoming.mkdir(parents=True, exist_ok=True)
    source = places().incoming / tarball
    source.write_bytes(tarball_bytes(tarball))
    pbin.tarball = take_tarball(channel.repository, source)
    stored = store_pbins([pbin])[0]
    publish(channel=channel, arrivals=[Arrival(stored, "")], message=f"Add {stored}")
    channel.refresh_from_db()
    return stored


def file_of(pbin: Pbin) -> Path:
    """Where the tarball of a pbin lies, or would."""
    assert pbin.tarball is not None
    return distfiles_of(pbin.repository).path(pbin.tarball.name)


def names_in(repository: Repository) -> set[str]:
    """The tarballs that hosts could download."""
    return set(distfiles_of(repository).listing())
