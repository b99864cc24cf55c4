"""Signed commits: the same commit with a signature in its header, as `git commit -S` has it."""


def with_signature(raw: bytes, signature: str) -> bytes:
    """A commit as `cat-file commit` prints it, with its armoured signature (gpg.format=ssh)."""
    header, _, message = raw.partition(b"\n\n")
    lines = signature.strip().encode().replace(b"\n", b"\n ")
    return b"%s\ngpgsig %s\n\n%s" % (header, lines, message)
