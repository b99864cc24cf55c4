"""One commit as `git fast-import` reads it: only what changes is sent, however large the tree."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from uuid import uuid4

from pbins.storage.paths import check_tree_path

_AUTHOR = re.compile(r"[^<>\x00-\x1f]+ <[^<>\x00-\x20]*>")
_NO_COMMIT = b"0" * 40


def commit_stream(
    *,
    parent: str | None,
    changes: Mapping[str, bytes | None],
    message: str,
    author: str,
    when: datetime,
    joins: str | None = None,
) -> bytes:
    """The input that makes git print the id of the new commit and leave every branch alone.

    `joins` is a second parent, of which nothing is taken over but that it is one. Raises
    UnsafePath for a path, ValueError for an author that is not "Name <address>" or a time without
    a zone. "done" at the end tells a whole stream from one cut short.
    """
    # fast-import commits to a branch only: this one is forgotten before it is ever written.
    branch = b"refs/pending/%s" % uuid4().hex.encode()
    return b"".join(
        (
            b"feature done\n",
            b"commit %s\nmark :1\n" % branch,
            _signatures(author, when),
            _counted(message.encode()),
            b"from %s\n" % parent.encode() if parent else b"",
            b"merge %s\n" % joins.encode() if joins else b"",
            *_changes(changes),
            b"get-mark :1\n",
            b"reset %s\nfrom %s\n\n" % (branch, _NO_COMMIT),
            b"done\n",
        )
    )


def _signatures(author: str, when: datetime) -> bytes:
    if not _AUTHOR.fullmatch(author):
        raise ValueError(f"not an author as in 'Name <address>': {author!r}")
    if when.tzinfo is None:
        raise ValueError("the time of a commit needs a time zone")
    signature = f"{author} {int(when.timestamp())} {when:%z}".encode()
    return b"author %s\ncommitter %s\n" % (signature, signature)


def _changes(changes: Mapping[str, bytes | None]) -> Iterator[bytes]:
    """Deletions first, so that a directory may take the place of a file."""
    for path, content in sorted(changes.items(), key=lambda change: change[1] is not None):
        if content is None:
            yield b"D %s\n" % _quoted(path)
        else:
            yield b"M 100644 inline %s\n%s" % (_quoted(path), _counted(content))


def _counted(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def _quoted(path: str) -> bytes:
    escaped = check_tree_path(path).replace("\\", "\\\\").replace('"', '\\"')
    return b'"%s"' % escaped.encode("utf-8", "surrogateescape")
