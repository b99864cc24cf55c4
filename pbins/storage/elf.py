"""What an ELF file provides and needs: its soname, and the sonames it is linked against."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\x7fELF"
LONGEST_NAME = 255
MOST_ENTRIES = 10_000
"""Of a dynamic section; real ones have some dozen."""

_LOAD, _DYNAMIC = 1, 2
_END, _NEEDED, _STRINGS, _SONAME = 0, 1, 5, 14


@dataclass(frozen=True, slots=True)
class Linkage:
    """Empty for what is linked statically, and for what is no whole ELF file.

    ``bits`` is 32 or 64: a file is linked only with its like. 0 where nobody noted it.
    """

    soname: str = ""
    needed: tuple[str, ...] = ()
    bits: int = 0


@dataclass(frozen=True, slots=True)
class _Segment:
    type: int
    offset: int
    address: int
    size: int


def read_linkage(content: bytes) -> Linkage:
    """The linkage of a whole file; never fails, whatever the bytes are."""
    try:
        return _linkage(content)
    except (struct.error, IndexError, KeyError, OverflowError):  # cut short, or made to mislead
        return Linkage()


def _linkage(content: bytes) -> Linkage:
    wide = {1: False, 2: True}[content[4]]
    order = {1: "<", 2: ">"}[content[5]]
    segments = list(_segments(content, order, wide=wide))
    dynamic = next((segment for segment in segments if segment.type == _DYNAMIC), None)
    if dynamic is None:
        return Linkage()
    tags = list(_tags(content, dynamic, order, wide=wide))
    strings = _offset(segments, next((value for kind, value in tags if kind == _STRINGS), 0))
    names = [(kind, _name(content, strings + value)) for kind, value in tags if kind != _STRINGS]
    soname = next((name for kind, name in names if kind == _SONAME), "")
    needed = tuple(name for kind, name in names if kind == _NEEDED)
    return Linkage(soname, needed, 64 if wide else 32)


def _segments(content: bytes, order: str, *, wide: bool) -> Iterator[_Segment]:
    (start,) = struct.unpack_from(f"{order}{'Q' if wide else 'I'}", content, 32 if wide else 28)
    size, count = struct.unpack_from(f"{order}HH", content, 54 if wide else 42)
    form = f"{order}{'I4xQQ8xQ' if wide else 'III4xI'}"
    for number in range(count):
        yield _Segment(*struct.unpack_from(form, content, start + number * size))


def _tags(
    content: bytes, segment: _Segment, order: str, *, wide: bool
) -> Iterator[tuple[int, int]]:
    """Those of the dynamic section that name something."""
    form = f"{order}{'QQ' if wide else 'II'}"
    length = struct.calcsize(form)
    for number in range(min(segment.size // length, MOST_ENTRIES)):
        kind, value = struct.unpack_from(form, content, segment.offset + number * length)
        if kind == _END:
            return
        if kind in {_NEEDED, _STRINGS, _SONAME}:
            yield kind, value


def _offset(segments: list[_Segment], address: int) -> int:
    """Where in the file the byte lies that is loaded at an address."""
    for segment in segments:
        if segment.type == _LOAD and 0 <= address - segment.address < segment.size:
            return segment.offset + address - segment.address
    raise KeyError(address)


def _name(content: bytes, start: int) -> str:
    end = content.find(b"\0", start, start + LONGEST_NAME + 1)
    if end < 0:
        raise IndexError(start)
    return content[start:end].decode("utf-8", "backslashreplace")
