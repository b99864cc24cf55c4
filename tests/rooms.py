"""Which tests one worker gets together: a file's, or a whole room's where they share a portal."""

from pathlib import PurePosixPath

import pytest
from xdist.scheduler import LoadScopeScheduling

SHARING = ("tests/browser", "tests/acceptance")
"""Rooms whose tests share one portal with its hosts, which takes a while to start."""


class RoomScheduling(LoadScopeScheduling):
    """Units of work in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.split("::", 1)[0]
        room = str(PurePosixPath(file).parent)
        return room if room in SHARING else file


def begins_late(item: pytest.Item) -> bool:
    """Whether a test is not of the rooms that take longest, which all workers should begin with."""
    return not item.nodeid.startswith(SHARING)
