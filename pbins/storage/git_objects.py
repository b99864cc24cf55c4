"""Objects as git itself prints and takes them."""

from collections.abc import Iterator

from pbins.storage.errors import GitError


def batch(output: bytes) -> Iterator[bytes]:
    """The contents in what `cat-file --batch` prints: "ID blob SIZE", content, newline."""
    position = 0
    while position < len(output):
        end = output.index(b"\n", position)
        header = output[position:end]
        if header.endswith(b" missing"):
            raise GitError("cat-file", 0, header.decode())
        size = int(header.rsplit(b" ", 1)[1])
        yield output[end + 1 : end + 1 + size]
        position = end + 1 + size + 1
