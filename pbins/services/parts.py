"""Rows in parts, so that neither a statement nor what it brings grows with a repository."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

AT_ONCE = 500
"""So many values every database takes in one statement."""

Something = TypeVar("Something")


def in_parts(
    things: Iterable[Something], *, at_once: int = AT_ONCE
) -> Iterator[Sequence[Something]]:
    """So few at once that one statement can name them."""
    all_of_them = list(things)
    for start in range(0, len(all_of_them), at_once):
        yield all_of_them[start : start + at_once]
