"""Many files of a host as one tar stream, which is read while it comes."""

import os
import shlex
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO

from pbins.services.remote import searching
from pbins.transport.contract import Transport
from pbins.transport.errors import TransportError

PACK = "cd {directory} && exec tar cf - -T -"


@contextmanager
def packed(
    transport: Transport, directory: PurePosixPath, names: Sequence[str]
) -> Iterator[BinaryIO]:
    """The stream of these files. Raises TransportError at the end of the block, not within.

    Who reads sees an archive that is cut, and may leave when it is not what was asked for.
    """
    command = searching(PACK.format(directory=shlex.quote(str(directory))))
    listing = "".join(f"{name}\n" for name in names).encode()
    reading, writing = os.pipe()
    failures: list[TransportError] = []

    def send() -> None:
        with os.fdopen(writing, "wb", buffering=0) as file:
            try:
                transport.stream(command, file, stdin=listing)
            except BrokenPipeError:
                return  # nobody reads any more
            except TransportError as error:
                failures.append(error)

    sender = threading.Thread(target=send, name="sender", daemon=True)
    sender.start()
    try:
        with os.fdopen(reading, "rb") as stream:
            yield stream
    finally:
        sender.join()
    if failures:
        raise failures[0]
