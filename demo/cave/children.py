"""Actions in processes of their own, as a real cave runs them."""

import codecs
import os
import sys
from collections.abc import Callable

from demo.cave.screen import Screen

CHUNK = 1 << 16
BUG = 70


def in_own_process(action: Callable[[], bool], screen: Screen) -> bool:
    """Whether `action` succeeded. Killing only the leader leaves it running (FACTS 0.12)."""
    if screen.block_buffered:
        return _through_own_buffer(action, screen)
    screen.flush()
    child = os.fork()
    if not child:
        _act_and_exit(action, screen)
    return _succeeded(child)


def _through_own_buffer(action: Callable[[], bool], screen: Screen) -> bool:
    """What the action prints waits in this process's buffer with all the rest (FACTS 4.5)."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        # A new object on the pipe: the text waiting in the old one is the parent's to print.
        sys.stdout = os.fdopen(writing, "w", encoding="utf-8", newline="")
        _act_and_exit(action, screen)
    os.close(writing)
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    while chunk := os.read(reading, CHUNK):
        sys.stdout.write(decoder.decode(chunk))
    os.close(reading)
    return _succeeded(child)


def _act_and_exit(action: Callable[[], bool], screen: Screen) -> None:
    status = BUG
    try:
        status = 0 if action() else 1
    finally:
        screen.flush()
        os._exit(status)


def _succeeded(child: int) -> bool:
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status) == 0
