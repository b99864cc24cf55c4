"""What somebody may be about to type: the packages that fit best, a few."""

from pbins.models import Package
from pbins.services.matching import matching_packages
from pbins.services.searching import Search
from pbins.services.sorting import in_order

MOST = 10
SHORTEST = 2
"""Letters; a single one fits too much."""


def suggest(words: str) -> list[Package]:
    """By name first; what only texts and files hold comes after."""
    search = Search.from_query({"q": words})
    if len(search.q) < SHORTEST:
        return []
    return list(in_order(matching_packages(search), search)[:MOST])
