"""What is taken again from a builder is looked through like what is taken for the first time."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pytest

from pbins.models import Host, Repository
from pbins.services import mending
from pbins.services.errors import Refused
from pbins.services.mending import take_again
from pbins.services.places import places
from tests.factories import make_host
from tests.storage.archives import plain_file, tarball

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
