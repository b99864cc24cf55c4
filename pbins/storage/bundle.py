"""Many small files in one tar stream from a host that is not trusted with anything but their bytes.

Only plain files that were asked for are taken, each once and exactly as large as it was said to
be. Whatever else comes ends the reading: what came whole by then is good.
"""

import shutil
import tarfile
from collections.abc import Iterator, Mapping

from pbins.storage.bzip2 import Readable
from pbins.storage.incoming import Incoming

_BLOCKS_PER_FILE = 4 * 2**10
"""Bytes beside its content that an archive may spend on a file: headers, a long name, padding."""
_ENDING = 2**16


class _Bounded:
    """Ends where an archive of these files must have ended: a header could claim any length."""

    def __init__(self, stream: Readable, most: int) -> None:
        self._stream = stream
        self._left = most

    def read(self, size: int, /) -> bytes:
        chunk = self._stream.read(min(size, self._left))
        self._left -= len(chunk)
        return chunk


def unpack(stream: Readable, wanted: Mapping[str, int], incoming: Incoming) -> Iterator[str]:
    """Write the files `wanted` (name to bytes) into `incoming`; each name when it is whole there.

    An archive that is cut, or is none, just brings less. Raises StorageFull, UnsafePath.
    """
    most = sum(wanted.values()) + len(wanted) * _BLOCKS_PER_FILE + _ENDING
    left = dict(wanted)
    try:
        with tarfile.open(fileobj=_Bounded(stream, most), mode="r|") as archive:  # type: ignore[call-overload]
            for entry in archive:
                name = entry.name.removeprefix("./")
                if not entry.isreg() or left.pop(name, None) != entry.size:
                    return
                content = archive.extractfile(entry)
                if content is None:
                    return
                incoming.discard(name)
                with incoming.receive(name, sync=False) as file:
                    shutil.copyfileobj(content, file)
                if incoming.received(name) == entry.size:
                    yield name
    except (tarfile.TarError, EOFError, ValueError, OverflowError):
        return
