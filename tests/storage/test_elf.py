"""What ELF files are linked against, read from real ones and from broken ones."""

import struct
import sys
from pathlib import Path

import pytest

from pbins.storage.elf import Linkage, read_linkage


def small(*, wide: bool, order: str) -> bytes:
    """A library by hand: one loaded segment from byte 0 on, with its dynamic section in it."""
    strings = b"\0libme.so.1\0libc.so.6\0libm.so.6\0"
    header, dynamic, text = 256, 512, 1024
    word = "Q" if wide else "I"
    tags = ((1, 12), (1, 22), (14, 1), (5, 0x1000 + text), (0, 0), (1, 1))
    section = b"".join(struct.pack(f"{order}{word}{word}", *tag) for tag in tags)

    def segment(kind: int, offset: int, size: int) -> bytes:
        values = (kind, offset, 0x1000 + offset, size)
        return struct.pack(f"{order}{'I4xQQ8xQ16x' if wide else 'III4xI12x'}", *values)

    segments = segment(1, 0, 2048), segment(2, dynamic, len(section))
    content = bytearray(2048)
    content[:6] = b"\x7fELF" + bytes([2 if wide else 1, 1 if order == "<" else 2])
    struct.pack_into(f"{order}{word}", content, 32 if wide else 28, header)
    struct.pack_into(f"{order}HH", content, 54 if wide else 42, len(segments[0]), 2)
    content[header : header + 2 * len(segments[0])] = b"".join(segments)
    content[dynamic : dynamic + len(section)] = section
    content[text : text + len(strings)] = strings
    return bytes(content)


@pytest.mark.parametrize("wide", [True, False], ids=["64 bit", "32 bit"])
@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
def test_soname_and_needs_are_read(order: str, *, wide: bool) -> None:
    assert read_linkage(small(wide=wide, order=order)) == Linkage(
        "libme.so.1", ("libc.so.6", "libm.so.6"), 64 if wide else 32
    )


def test_a_real_program_is_linked_against_something() -> None:
    found = read_linkage(Path(sys.executable).resolve().read_bytes())
    assert found.soname == ""
    assert any(name.startswith("libc.") for name in found.needed)


@pytest.mark.parametrize("length", [0, 4, 5, 20, 60, 300, 520, 1030])
def test_what_is_cut_short_has_none(length: int) -> None:
    assert read_linkage(small(wide=True, order="<")[:length]) == Linkage()


@pytest.mark.parametrize("position", range(0, 1100, 7))
def test_broken_bytes_do_no_harm(position: int) -> None:
    content = bytearray(small(wide=True, order="<"))
    content[position : position + 8] = b"\xff" * 8
    assert isinstance(read_linkage(bytes(content)), Linkage)


def test_a_thousand_misleading_segments_cost_nothing() -> None:
    content = bytearray(small(wide=True, order="<"))
    struct.pack_into("<HH", content, 54, 0, 65535)
    assert read_linkage(bytes(content)) == Linkage()
