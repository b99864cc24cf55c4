"""What ends a command: the words and the exit status that a real cave has for it."""


class CaveError(Exception):
    """Printed as `Error:` with the context lines, exit status 1.

    `kind` is the C++ class that a real cave names in parentheses.
    """

    def __init__(self, message: str, kind: str, context: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.kind = kind
        self.context = context

    def render(self, program: str) -> str:
        lines = [f"In program {program}:", *(f"{line}:" for line in self.context)]
        lines.append(f"{self.message} ({self.kind})")
        return "\nError:\n" + "".join(f"  * {line}\n" for line in lines) + "\n"


class UsageError(Exception):
    """Printed as one line, exit status 1."""


def nothing_matching(text: str, context: tuple[str, ...] = ()) -> CaveError:
    return CaveError(
        f"Found nothing suitable matching '{text}'", "paludis::cave::NothingMatching", context
    )
