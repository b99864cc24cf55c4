"""Which packages are known by their whole names: to complete, to check and to correct typing."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from django.db.models import Q

from pbins.models import Entry

NEAR = 3
LIKENESS = 0.6
MOST_CANDIDATES = 4_000
MOST_COMPLETIONS = 12


@dataclass(frozen=True, slots=True)
class Completion:
    """A package that begins as something was typed."""

    name: str
    summary: str
    version: str


def known_among(names: Iterable[str]) -> set[str]:
    """Those of the names that a channel holds."""
    wanted = set(names)
    parts = {name.partition("/")[2] for name in wanted}
    held = Entry.objects.filter(package__in=parts).order_by().values_list("category", "package")
    return wanted & {f"{category}/{package}" for category, package in held.distinct()}


def near_names(typed: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For what was typed, whole or half a name: known names that are meant perhaps."""
    words = {text: text.rpartition("/")[2] for text in typed}
    if not words:
        return {}
    alike = Q()
    for word in words.values():
        alike |= Q(package__istartswith=word[:2])
    found = Entry.objects.filter(alike).order_by().values_list("category", "package").distinct()
    names = [f"{category}/{package}" for category, package in found[:MOST_CANDIDATES]]
    return {text: _nearest(text, word, names) for text, word in words.items()}


def _nearest(text: str, word: str, names: list[str]) -> tuple[str, ...]:
    same = [name for name in names if name.partition("/")[2].lower() == word.lower()]
    return tuple(dict.fromkeys([*same, *get_close_matches(text, names, NEAR, LIKENESS)]))[:NEAR]


def completions(typed: str) -> list[Completion]:
    """Packages whose whole name, or whose name without category, begins like that."""
    category, slash, package = typed.partition("/")
    wanted = Q(category=category, package__startswith=package) if slash else _begins_with(typed)
    found = Entry.objects.filter(wanted).select_related("pbin")[: 20 * MOST_COMPLETIONS]
    newest: dict[str, Entry] = {}
    for entry in found:
        newest.setdefault(entry.name, entry)
    return [
        Completion(entry.name, entry.pbin.summary, entry.version)
        for entry in list(newest.values())[:MOST_COMPLETIONS]
    ]


def _begins_with(typed: str) -> Q:
    return Q(package__startswith=typed) | Q(category__startswith=typed)
