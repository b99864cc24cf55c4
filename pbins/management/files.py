"""Text from a file of whoever gives a command, or from what is piped into it."""

import sys
from pathlib import Path

from pbins.services.errors import Refused

STANDARD_INPUT = "-"


def text_of(file: str) -> str:
    """All of it; ``-`` is standard input. Raises Refused."""
    try:
        return sys.stdin.read() if file == STANDARD_INPUT else Path(file).read_text()
    except OSError as error:
        raise Refused(f"{file} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{file} can't be read: it is not text in UTF-8.") from error
