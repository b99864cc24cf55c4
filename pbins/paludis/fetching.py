"""Why a file could not be had, out of what cave and its fetcher print (FACTS 2.3, 2.4)."""

import re

from pbins.paludis.events import FetchCause, FetchFailed

TRYING = "Trying to fetch '"
CHECKING = re.compile(r"Checking '([^']+)'\.\.\. (.+)")
CONNECTING = ("Connecting to ", "Resolving ")
FAILED = "... failed: "
ANSWER = "HTTP request sent, awaiting response... "
FATAL = "wget: "

CAUSES = {
    "incorrect size": FetchCause.SIZE,
    "not in Manifest": FetchCause.NOT_IN_MANIFEST,
    "no supported hashes in Manifest": FetchCause.NO_HASH,
    "does not exist": FetchCause.MISSING,
}
GONE = ("404", "410")


class FetchReader:
    """Keeps what the fetcher complained of until cave looks for the file."""

    def __init__(self) -> None:
        self._complaint = ""
        self._cause = FetchCause.MISSING

    def read(self, line: str) -> FetchFailed | None:
        """A failure, if this line says that a file is not there or not good."""
        if line.startswith(TRYING):
            self._complain(FetchCause.MISSING, "")
        elif line.startswith(CONNECTING) and FAILED in line:
            self._complain(FetchCause.NO_CONNECTION, line.rpartition(FAILED)[2].removesuffix("."))
        elif line.startswith(FATAL):
            self._complain(FetchCause.NO_CONNECTION, line.removeprefix(FATAL))
        elif line.startswith(ANSWER):
            self._answered(line.removeprefix(ANSWER))
        elif (match := CHECKING.fullmatch(line)) and match[2] != "ok":
            return self._failure(match[1], match[2])
        return None

    def _answered(self, status: str) -> None:
        if status.startswith(GONE):
            self._complain(FetchCause.NOT_FOUND, status)
        elif status.startswith(("4", "5")):
            self._complain(FetchCause.REFUSED, status)

    def _complain(self, cause: FetchCause, complaint: str) -> None:
        self._complaint, self._cause = complaint, cause

    def _failure(self, file: str, word: str) -> FetchFailed:
        cause = CAUSES.get(word, FetchCause.OTHER)
        if word.startswith("failed "):
            cause = FetchCause.HASH
        if cause is FetchCause.MISSING and self._complaint:
            return FetchFailed(file, self._cause, self._complaint)
        return FetchFailed(file, cause, word)
