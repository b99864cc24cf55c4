"""Tar archives and tarballs made in memory."""

import bz2
import io
import tarfile


def plain_file(name: str, content: bytes = b"") -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    return entry, content


def special(name: str, type_: bytes, link: str = "") -> tuple[tarfile.TarInfo, bytes]:
    entry = tarfile.TarInfo(name)
    entry.type = type_
    entry.linkname = link
    return entry, b""


ENVIRONMENT = plain_file("PBIN/environment", b"declare -x PN=hello\n" * 200)


def tar(*entries: tuple[tarfile.TarInfo, bytes], format_: int = tarfile.GNU_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=format_) as archive:
        for entry, content in entries:
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def tarball(*entries: tuple[tarfile.TarInfo, bytes], format_: int = tarfile.GNU_FORMAT) -> bytes:
    return bz2.compress(tar(*entries, format_=format_))
