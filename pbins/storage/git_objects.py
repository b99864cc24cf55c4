"""Objects as git itself prints and takes them."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from pbins.storage.errors import GitError
from pbins.storage.git_process import run_git


def blobs(repository: Path, names: Iterable[bytes]) -> Iterator[bytes]:
    """The content of each blob, in their order. Raises GitError when one is not there."""
    wanted = b"".join(name + b"\n" for name in names)
    output = run_git(repository, "cat-file", "--batch", stdin=wanted)
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        header = output[position:end]
        if header.endswith(b" missing"):
            raise GitError("cat-file", 0, header.decode())
        size = int(header.rsplit(b" ", 1)[1])
        yield output[end + 1 : end + 1 + size]
        position = end + 1 + size + 1


def signed(raw: bytes, signature: str) -> bytes:
    """A commit, as `cat-file commit` prints it, with its signature in the header."""
    header, _, message = raw.partition(b"\n\n")
    lines = signature.strip().encode().replace(b"\n", b"\n ")
    return b"%s\ngpgsig %s\n\n%s" % (header, lines, message)
