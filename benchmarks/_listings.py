"""What tarballs install, as portals keep it: a few patterns from small to large."""

import json
import zlib

PATTERNS = (4, 12, 25, 40, 60, 80, 150, 400)


def listings() -> list[tuple[bytes, int]]:
    """(content, number of files) of each pattern."""
    return [(_listing(number, count), count) for number, count in enumerate(PATTERNS)]


def _listing(number: int, count: int) -> bytes:
    soname = f"libsample{number}.so.{number}"
    needed = [f"libsample{(number + 1) % len(PATTERNS)}.so.1", "libc.so.6"]
    rows: list[list[object]] = [
        [f"usr/x86_64-pc-linux-gnu/lib/{soname}", "file", 61_440, 0o755, "", soname, needed],
        [f"usr/x86_64-pc-linux-gnu/bin/sample{number}", "file", 40_960, 0o755, "", "", needed],
        ["etc/sample.conf", "file", 512, 0o644, ""],
    ]
    rows += [
        [f"usr/share/sample{number}/part{at // 20}/file{at}.txt", "file", 100 + at, 0o644, ""]
        for at in range(count - len(rows))
    ]
    return zlib.compress(json.dumps(rows, separators=(",", ":")).encode())
