"""The order of versions (FACTS 9), as a sort key."""

import re

KINDS = ("alpha", "beta", "pre", "rc", "end", "r", "p", "try", "letter", "float", "int", "scm")
RANK = {kind: rank for rank, kind in enumerate(KINDS)}

VERSION = re.compile(
    r"(?:(?P<numbers>\d+(?:\.\d+)*)(?P<letter>[a-z](?![a-z]))?"
    r"(?P<suffixes>(?:_(?:alpha|beta|pre|rc|p)\d*)*)(?P<tries>-try\d*)?(?P<scm>-scm)?|(?P<live>scm))"
    r"(?P<revision>-r\d*(?:\.\d+)*)?"
)
SUFFIX = re.compile(r"[_-](alpha|beta|pre|rc|p|try)(\d*)")

Part = tuple[int, int, str]


def version_key(text: str) -> tuple[Part, ...]:
    """A tuple that sorts as Paludis does; equal versions have equal keys."""
    match = VERSION.fullmatch(text)
    if match is None:
        raise ValueError(f"not a version: {text}")
    parts = _numbers(match["numbers"] or "")
    if match["letter"]:
        parts.append((RANK["letter"], 0, match["letter"]))
    for kind, digits in SUFFIX.findall((match["suffixes"] or "") + (match["tries"] or "")):
        parts.append(_counted(kind, digits))
    if match["scm"] or match["live"]:
        parts.append((RANK["scm"], 0, ""))
    revisions = [_counted("r", digits) for digits in (match["revision"] or "-r0")[2:].split(".")]
    while revisions and not revisions[-1][2]:
        revisions.pop()
    return (*parts, *revisions, (RANK["end"], 0, ""))


def is_version(text: str) -> bool:
    return VERSION.fullmatch(text) is not None


def split_name_and_version(text: str) -> tuple[str, str]:
    """`libbar-0.9-r1` as `libbar` and `0.9-r1`; raises ValueError when there is no version."""
    for position, letter in enumerate(text):
        if letter == "-" and is_version(text[position + 1 :]):
            return text[:position], text[position + 1 :]
    raise ValueError(f"no version in {text}")


def _numbers(text: str) -> list[Part]:
    parts: list[Part] = []
    for position, number in enumerate(text.split(".") if text else ()):
        if position and number.startswith("0"):
            parts.append((RANK["float"], 0, number.rstrip("0")))
        else:
            parts.append(_counted("int", number))
    return parts


def _counted(kind: str, digits: str) -> Part:
    number = digits.lstrip("0")
    return (RANK[kind], len(number), number)
