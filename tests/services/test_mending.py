"""What is taken again is the same to the last byte, and looked through where it was not before."""

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import BinaryIO

import pytest

from pbins.models import Host, Import, Mirror, MirrorKind, Repository, Tarball
from pbins.services import mending
from pbins.services.errors import Refused
from pbins.services.mending import take_again
from pbins.services.places import places
from tests.factories import NOON, make_host, make_tarball
from tests.storage.archives import plain_file, tarball
from tests.web_server import WebServer, serving

NAME = "pbins--sys-test--hello-1.0--C.1.1.1.C.tar.bz2"


class Builder:
    """The one file of a builder."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def download(self, path: str, into: BinaryIO) -> int:
        return into.write(self.content)


@pytest.mark.parametrize(("environment", "is_taken"), [(b"PN=x\n", True), (b"A_TOKEN=x\n", False)])
def test_a_tarball_that_we_never_had_must_hold_no_secret(
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
    environment: bytes,
    *,
    is_taken: bool,
) -> None:
    repository.builders.add(make_host(is_builder=True))
    content = tarball(plain_file("PBIN/environment", environment))

    @contextmanager
    def connected(host: Host) -> Iterator[Builder]:
        yield Builder(content)

    monkeypatch.setattr(mending, "connected", connected)
    if is_taken:
        assert take_again(repository=repository, name=NAME) == "builder"
    else:
        with pytest.raises(Refused, match="looks like a secret: A_TOKEN"):
            take_again(repository=repository, name=NAME)
    assert (places().distfiles("pbins") / NAME).exists() is is_taken


WHOLE = tarball(plain_file("PBIN/environment", b"PN=x\n"))


@pytest.fixture
def lost(repository: Repository) -> Tarball:
    """A tarball that is gone; where it was once taken in from, it lies yet."""
    row = make_tarball(repository, NAME)
    row.size, row.sha256 = len(WHOLE), sha256(WHOLE).hexdigest()
    row.save()
    return row


@pytest.fixture
def server() -> Iterator[WebServer]:
    with serving() as server:
        server.files[f"/dist/{NAME}"] = WHOLE
        yield server


def test_it_is_taken_again_from_where_the_repository_came_from(
    lost: Tarball, server: WebServer
) -> None:
    Import.objects.create(
        repository=lost.repository,
        address="https://git.example.org/x.git",
        tarballs=f"{server.url}/dist/",
    )
    assert take_again(repository=lost.repository, name=NAME) == f"{server.url}/dist/"
    assert (places().distfiles("pbins") / NAME).read_bytes() == WHOLE
    assert not (places().incoming / "pbins" / NAME).exists()


def test_it_is_taken_again_from_a_mirror(lost: Tarball, server: WebServer) -> None:
    mirror = make_mirror(lost, server)
    assert take_again(repository=lost.repository, name=NAME) == str(mirror)
    assert (places().distfiles("pbins") / NAME).read_bytes() == WHOLE


@pytest.mark.parametrize("is_mirror", [True, False])
def test_what_has_other_content_elsewhere_is_not_taken(
    lost: Tarball, server: WebServer, *, is_mirror: bool
) -> None:
    other = tarball(plain_file("PBIN/environment", b"PN=y\n"))
    server.files[f"/dist/{NAME}"] = other
    if is_mirror:
        make_mirror(lost, server)
    else:
        tarballs = f"{server.url}/dist/"
        Import.objects.create(repository=lost.repository, address="/x", tarballs=tarballs)
    with pytest.raises(Refused, match=r"other content|SHA-256|whole tarball|does not end after"):
        take_again(repository=lost.repository, name=NAME)
    assert not (places().distfiles("pbins") / NAME).exists()
    assert not (places().incoming / "pbins" / NAME).exists()


def make_mirror(row: Tarball, server: WebServer) -> Mirror:
    """One that said it has it."""
    mirror = Mirror.objects.create(
        repository=row.repository,
        kind=MirrorKind.RSYNC,
        target="rsync://example.org/x/y",
        public_url=f"{server.url}/dist",
    )
    mirror.tarballs.create(tarball=row, size=row.size or 0, since=NOON)
    return mirror
