"""What can go wrong on our own disk, in words an administrator can act on."""

from pathlib import Path


class StorageError(Exception):
    """Anything this room refuses or fails to do; every other error here is one of these."""


class StorageFull(StorageError):
    """No space or quota left on the device that holds `path`."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"no space left on the disk that holds {path}: free some, then try again")
        self.path = path


class BelowFloor(StorageFull):
    """There is room yet, but less than must stay free; `reason` says how much."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path)
        self.args = (reason.rstrip("."),)


class UnsafePath(StorageError):
    """A name that would lead out of the place it belongs to, or that no one could serve."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"unsafe path {path!r}: {reason}")
        self.path = path
        self.reason = reason


class FileMissing(StorageError):
    """`path` is not in `place` (a commit, a directory)."""

    def __init__(self, path: str, place: str) -> None:
        super().__init__(f"{path} is not in {place}")
        self.path = path
        self.place = place


class NameTaken(StorageError):
    """Another file of that name, with other content, is already among the distfiles."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is already among the distfiles with other content; a tarball is never replaced"
        )
        self.name = name


class BrokenTarball(StorageError):
    """The file is not a whole tarball of a pbin; `reason` says where it breaks."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not a whole tarball: {reason}")
        self.reason = reason


class BrokenTree(StorageError):
    """A directory or archive can't be read as the tree of a repository."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"not the tree of a repository: {reason}")
        self.reason = reason


class GitError(StorageError):
    """git failed in a way nobody expects; `stderr` is what it said, shortened."""

    def __init__(self, command: str, status: int, stderr: str) -> None:
        super().__init__(f"git {command} failed with status {status}: {stderr or 'no message'}")
        self.command = command
        self.status = status
        self.stderr = stderr


class GitUnavailable(StorageError):
    """There is no git to run."""

    def __init__(self) -> None:
        super().__init__("git is not installed here: install git 2.30 or newer")


class ChannelMoved(StorageError):
    """Somebody else moved the channel first; nothing was changed."""

    def __init__(self, branch: str, expected: str | None, found: str | None) -> None:
        super().__init__(
            f"channel {branch} is at {found or 'nothing'}, not at {expected or 'nothing'}: "
            "somebody moved it first"
        )
        self.branch = branch
        self.expected = expected
        self.found = found


class OutsideError(StorageError):
    """A place elsewhere did not do what was wanted of it."""


class BadUrl(OutsideError):
    """The address of a place elsewhere that could never be one."""

    def __init__(self, text: str, reason: str) -> None:
        super().__init__(f"{text or 'nothing'} is not an address that can be used: {reason}")


class ProgramMissing(OutsideError):
    """A program that we would have to run is not installed here."""

    def __init__(self, program: str) -> None:
        super().__init__(f"{program} is not installed where the portal runs: install it")


class OutsideTimeout(OutsideError):
    """It took too long, and was given up."""

    def __init__(self, program: str, seconds: float) -> None:
        super().__init__(f"{program} had not ended after {seconds:g} s and was given up")
