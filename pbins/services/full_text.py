"""Packages by the words of their names, summaries and descriptions: the database's own full text.

A word is found where a word of the text begins with it. See migration 0002.
"""

import re
from collections.abc import Sequence

from django.db import connection
from django.db.models import Q
from django.db.models.expressions import RawSQL

TOKEN = re.compile(r"[^\W_]+")
BY_VENDOR = {
    "sqlite": "SELECT rowid FROM pbins_package_text WHERE pbins_package_text MATCH %s",
    "postgresql": "SELECT id FROM pbins_package WHERE words @@ to_tsquery('simple', %s)",
}


def tokens_of(text: str) -> list[str]:
    """The words as the index has them: what is no letter and no digit parts them."""
    return TOKEN.findall(text.lower())


def has_words(text: str) -> Q:
    """Asks of packages that these words stand in one after the other, the last maybe unfinished."""
    tokens = tokens_of(text)
    if not tokens:
        return Q(pk__in=())
    phrase = _for_sqlite(tokens) if connection.vendor == "sqlite" else _for_postgresql(tokens)
    found = RawSQL(BY_VENDOR[connection.vendor], (phrase,))  # noqa: S611 - the phrase is bound
    return Q(pk__in=found)


def _for_sqlite(tokens: Sequence[str]) -> str:
    return f'"{" ".join(tokens)}" *'


def _for_postgresql(tokens: Sequence[str]) -> str:
    return " <-> ".join(f"'{token}'" for token in tokens) + ":*"
