"""The one way in which text can be refused by this room."""


class ParseError(ValueError):
    """Text that is not what it should be.

    `reason` is a sentence for an administrator, without a full stop; `line` counts from 1 and is
    None where the text has no lines to speak of.
    """

    def __init__(self, reason: str, line: int | None = None) -> None:
        self.reason = reason
        self.line = line
        super().__init__(reason if line is None else f"line {line}: {reason}")


def shown(text: str, limit: int = 120) -> str:
    """Quote untrusted text for a reason: printable, and never a megabyte of it."""
    quoted = repr(text[: limit + 1])
    return quoted if len(quoted) <= limit + 2 else f"{quoted[:limit]}…"
