"""Of a bundle only the bytes are believed: names, kinds and sizes are those that were asked for."""

import io
import tarfile
from pathlib import Path

import pytest

from pbins.storage.bundle import unpack
from pbins.storage.incoming import Incoming
from tests.storage.archives import plain_file, special, tar

ONE, TWO = plain_file("one.tar.bz2", b"1" * 700), plain_file("two.tar.bz2", b"2" * 10)
WANTED = {"one.tar.bz2": 700, "two.tar.bz2": 10}


@pytest.fixture
def incoming(tmp_path: Path) -> Incoming:
    return Incoming(tmp_path / "incoming")


def came(archive: bytes, incoming: Incoming) -> list[str]:
    return list(unpack(io.BytesIO(archive), WANTED, incoming))


def test_what_was_asked_for_comes(incoming: Incoming) -> None:
    assert came(tar(ONE, TWO), incoming) == ["one.tar.bz2", "two.tar.bz2"]
    assert incoming.path("one.tar.bz2").read_bytes() == b"1" * 700


def test_what_had_come_in_part_comes_anew(incoming: Incoming) -> None:
    with incoming.receive("one.tar.bz2") as file:
        file.write(b"x" * 300)
    assert "one.tar.bz2" in came(tar(ONE), incoming)
    assert incoming.path("one.tar.bz2").read_bytes() == b"1" * 700


@pytest.mark.parametrize(
    "hostile",
    [
        plain_file("../escaped", b"x"),
        plain_file("/etc/escaped", b"x"),
        plain_file("unasked.tar.bz2", b"x" * 10),
        plain_file("two.tar.bz2", b"2" * 11),
        plain_file("two.tar.bz2", b""),
        plain_file("./one.tar.bz2/two.tar.bz2", b"2" * 10),
        special("two.tar.bz2", tarfile.SYMTYPE, "/etc/passwd"),
        special("two.tar.bz2", tarfile.LNKTYPE, "one.tar.bz2"),
        special("two.tar.bz2", tarfile.DIRTYPE),
        special("two.tar.bz2", tarfile.FIFOTYPE),
        special("two.tar.bz2", tarfile.CHRTYPE),
    ],
)
def test_anything_else_ends_the_reading_and_is_not_written(
    incoming: Incoming, hostile: tuple[tarfile.TarInfo, bytes]
) -> None:
    assert came(tar(ONE, hostile, TWO), incoming) == ["one.tar.bz2"]
    assert [path.name for path in incoming.root.iterdir()] == ["one.tar.bz2"]


def test_the_same_twice_is_taken_once(incoming: Incoming) -> None:
    again = plain_file("one.tar.bz2", b"!" * 700)
    assert came(tar(ONE, again, TWO), incoming) == ["one.tar.bz2"]
    assert incoming.path("one.tar.bz2").read_bytes() == b"1" * 700


@pytest.mark.parametrize("end", [0, 5, 512, 600, 1100])
def test_an_archive_that_is_cut_brings_what_was_whole_by_then(incoming: Incoming, end: int) -> None:
    names = came(tar(ONE, TWO)[:end], incoming)
    assert names == []
    assert incoming.received("one.tar.bz2") <= 700


def test_a_header_that_claims_to_be_endless_is_not_believed(incoming: Incoming) -> None:
    """A long name may be of any length, and is read before anybody could look at it."""
    entry = tarfile.TarInfo("././@LongLink")
    entry.type = tarfile.GNUTYPE_LONGNAME
    entry.size = 8 * 2**30
    stream = Endless(entry.tobuf(tarfile.GNU_FORMAT))
    assert list(unpack(stream, WANTED, incoming)) == []
    assert stream.given < 2**20


class Endless:
    """A header, and then names without end."""

    def __init__(self, header: bytes) -> None:
        self.given = 0
        self._header = header

    def read(self, size: int, /) -> bytes:
        chunk = (self._header or b"a" * size)[:size]
        self._header = self._header[size:]
        self.given += len(chunk)
        return chunk


@pytest.mark.parametrize("noise", [b"", b"x" * 3000, b"\0" * 3000, b"\xff" * 600])
def test_what_is_no_archive_brings_nothing(incoming: Incoming, noise: bytes) -> None:
    assert came(noise, incoming) == []
