"""A tarball is read once, and either it is whole or it is refused with the reason."""

import bz2
import hashlib
import os
import random
import subprocess
import tarfile
from pathlib import Path

import pytest

from pbins.storage.errors import BrokenTarball
from pbins.storage.tarball import FileType, TarballFile, read_tarball
from tests.storage.archives import ENVIRONMENT, plain_file, special, tar, tarball
from tests.storage.test_elf import small

HELLO = plain_file("usr/bin/hello", b"#!/bin/sh\necho hello\n")


def read(tmp_path: Path, content: bytes) -> tuple[TarballFile, ...]:
    path = tmp_path / "x.tar.bz2"
    path.write_bytes(content)
    return read_tarball(path).files


def refused(tmp_path: Path, content: bytes) -> str:
    with pytest.raises(BrokenTarball) as caught:
        read(tmp_path, content)
    return caught.value.reason


def test_a_whole_tarball_is_measured_as_it_lies_on_the_disk(tmp_path: Path) -> None:
    content = tarball(HELLO, ENVIRONMENT)
    path = tmp_path / "x.tar.bz2"
    path.write_bytes(content)
    report = read_tarball(path)
    assert report.size == len(content)
    assert report.sha256 == hashlib.sha256(content).hexdigest()
    assert report.sha512 == hashlib.sha512(content).hexdigest()
    assert report.environment == ENVIRONMENT[1]


def test_the_files_are_listed_without_the_environment(tmp_path: Path) -> None:
    files = read(tmp_path, tarball(special("PBIN", tarfile.DIRTYPE), HELLO, ENVIRONMENT))
    assert files == (TarballFile("usr/bin/hello", 21, FileType.FILE, 0o644, ""),)


@pytest.mark.parametrize(
    ("type_", "link", "expected"),
    [
        (tarfile.DIRTYPE, "", FileType.DIRECTORY),
        (tarfile.SYMTYPE, "../../lib/libfoo.so.1", FileType.SYMLINK),
        (tarfile.SYMTYPE, "/proc/self/mounts", FileType.SYMLINK),
        (tarfile.LNKTYPE, "usr/bin/hello", FileType.HARDLINK),
        (tarfile.FIFOTYPE, "", FileType.FIFO),
        (tarfile.CHRTYPE, "", FileType.CHARACTER_DEVICE),
        (tarfile.BLKTYPE, "", FileType.BLOCK_DEVICE),
    ],
)
def test_what_is_not_a_plain_file_keeps_its_type_and_link(
    tmp_path: Path, type_: bytes, link: str, expected: FileType
) -> None:
    files = read(tmp_path, tarball(HELLO, special("usr/lib/thing", type_, link), ENVIRONMENT))
    assert files[1] == TarballFile("usr/lib/thing", 0, expected, 0o644, link)


@pytest.mark.parametrize("format_", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_read_whole(tmp_path: Path, format_: int) -> None:
    name = "usr/share/" + "deep/" * 60 + "ä" * 120
    files = read(tmp_path, tarball(plain_file(name, b"x"), ENVIRONMENT, format_=format_))
    assert files[0].path == name


def test_a_name_that_is_not_utf_8_can_still_be_stored(tmp_path: Path) -> None:
    files = read(tmp_path, tarball(plain_file(os.fsdecode(b"usr/caf\xe9"), b"x"), ENVIRONMENT))
    assert files[0].path == "usr/caf\\xe9"
    files[0].path.encode()


@pytest.mark.parametrize("name", ["usr/share/doc/.git/HEAD", "usr/a b\nc", "usr/share/..x/y"])
def test_odd_names_that_stay_inside_are_taken(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, tarball(plain_file(name), ENVIRONMENT))[0].path == name


@pytest.mark.parametrize("name", ["../etc/passwd", "/etc/passwd", "usr/../../etc/passwd", "usr/.."])
def test_a_name_that_leads_out_is_refused(tmp_path: Path, name: str) -> None:
    assert "leads out" in refused(tmp_path, tarball(plain_file(name, b"root"), ENVIRONMENT))


def test_a_file_made_by_tar_and_bzip2_is_whole(tmp_path: Path) -> None:
    image = tmp_path / "image"
    (image / "PBIN").mkdir(parents=True)
    (image / "PBIN/environment").write_bytes(ENVIRONMENT[1])
    (image / "hello").symlink_to("PBIN/environment")
    path = tmp_path / "made.tar.bz2"
    subprocess.run(["tar", "-cjf", path, "-C", image, "hello", "PBIN/environment"], check=True)
    assert read_tarball(path).files[0].link == "PBIN/environment"


def test_several_bzip2_streams_are_one_file(tmp_path: Path) -> None:
    whole = tar(HELLO, ENVIRONMENT)
    content = bz2.compress(whole[:700]) + bz2.compress(b"") + bz2.compress(whole[700:])
    assert read(tmp_path, content)[0].path == "usr/bin/hello"


def test_streams_that_end_where_a_read_ends_are_one_file(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(2**18)
    whole = tar(plain_file("noise", noise), ENVIRONMENT)
    streams = [bz2.compress(whole[start : start + 5000]) for start in range(0, len(whole), 5000)]
    assert read(tmp_path, b"".join(streams))[0].size == len(noise)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, b"") == "the file is empty"


def test_another_compression_is_refused(tmp_path: Path) -> None:
    assert "bad bzip2 content" in refused(tmp_path, tar(HELLO, ENVIRONMENT))


def test_a_tarball_cut_anywhere_is_refused(tmp_path: Path) -> None:
    content = tarball(HELLO, ENVIRONMENT)
    for end in range(1, len(content)):
        assert "cut short" in refused(tmp_path, content[:end]), end


def test_an_archive_cut_anywhere_before_compression_is_refused(tmp_path: Path) -> None:
    # What bzip2 makes of a tar whose writer was killed: the compression itself is whole.
    whole = tar(HELLO, ENVIRONMENT)
    end_of_files = len(whole.rstrip(b"\0"))
    for end in range(0, end_of_files, 100):
        refused(tmp_path, bz2.compress(whole[:end]))


@pytest.mark.parametrize("blocks", [0, 1])
def test_an_archive_without_its_end_mark_is_refused(tmp_path: Path, blocks: int) -> None:
    whole = tar(ENVIRONMENT)
    content_end = 512 + -(-len(ENVIRONMENT[1]) // 512) * 512
    reason = refused(tmp_path, bz2.compress(whole[:content_end] + bytes(512 * blocks)))
    assert "without an end mark" in reason


def test_a_bad_header_in_the_middle_is_not_taken_for_the_end(tmp_path: Path) -> None:
    whole = bytearray(tar(ENVIRONMENT, HELLO))
    header = whole.index(b"usr/bin/hello")
    whole[header + 100] ^= 0xFF
    assert "unreadable tar header" in refused(tmp_path, bz2.compress(bytes(whole)))


def test_one_changed_byte_anywhere_changes_nothing_or_is_refused(tmp_path: Path) -> None:
    whole = tar(HELLO, ENVIRONMENT)
    content = bz2.compress(whole)
    for position in range(len(content)):
        changed = bytearray(content)
        changed[position] ^= 0x55
        # bzip2 carries a few bits that no content depends on.
        if not _same(bytes(changed), whole):
            refused(tmp_path, bytes(changed))


def _same(compressed: bytes, content: bytes) -> bool:
    try:
        return bz2.decompress(compressed) == content
    except (OSError, ValueError):
        return False


@pytest.mark.parametrize("garbage", [b"\0", b"BZh9", b"<html>", b"\0" * 300_000])
def test_bytes_behind_the_last_stream_are_refused(tmp_path: Path, garbage: bytes) -> None:
    refused(tmp_path, tarball(HELLO, ENVIRONMENT) + garbage)


def test_a_second_archive_behind_the_first_is_refused(tmp_path: Path) -> None:
    content = tarball(HELLO, ENVIRONMENT)
    assert "unreadable tar header" in refused(tmp_path, content + content)


def test_a_tarball_without_environment_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, tarball(HELLO)) == "PBIN/environment is not in it"


def test_an_environment_that_is_a_link_is_refused(tmp_path: Path) -> None:
    link = special("PBIN/environment", tarfile.SYMTYPE, "/etc/shadow")
    assert "not a plain file" in refused(tmp_path, tarball(link))


def test_an_endless_environment_is_refused_before_it_is_read(tmp_path: Path) -> None:
    entry = plain_file("PBIN/environment", bytes(17 * 2**20))
    assert "larger than" in refused(tmp_path, tarball(entry))


def test_what_a_library_in_it_is_linked_against_is_read(tmp_path: Path) -> None:
    library = plain_file("usr/lib/libme.so.1", small(wide=True, order="<"))
    files = read(tmp_path, tarball(library, HELLO, ENVIRONMENT))
    assert [file.linkage.soname for file in files] == ["libme.so.1", ""]
    assert files[0].linkage.needed == ("libc.so.6", "libm.so.6")


def test_a_header_that_claims_gigabytes_is_not_read_into_memory(tmp_path: Path) -> None:
    entry = tarfile.TarInfo("././@LongLink")
    entry.type, entry.size = tarfile.GNUTYPE_LONGNAME, 8 * 2**30
    path = tmp_path / "x.tar.bz2"
    path.write_bytes(bz2.compress(entry.tobuf(tarfile.GNU_FORMAT) + b"a" * 2**20))
    with pytest.raises(BrokenTarball, match="a header of 8589934592 bytes"):
        read_tarball(path)
