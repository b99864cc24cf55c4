"""Which packages are known by their whole names: to complete, to check and to correct typing.

Known is what a channel holds or once held, and what a builder's source repositories could make.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from django.db.models import Q

from pbins.models import Package, SourceVersion

NEAR = 3
LIKENESS = 0.6
MOST_CANDIDATES = 4_000
MOST_COMPLETIONS = 12
LAST = "\U0010ffff"  # sorts behind whatever a name may go on with


@dataclass(frozen=True, slots=True)
class Completion:
    """A package that begins as something was typed; ``version`` is empty where none is here."""

    name: str
    summary: str
    version: str


def known_among(names: Iterable[str]) -> set[str]:
    wanted = set(names)
    parts = {name.partition("/")[2] for name in wanted}
    here = Package.objects.filter(name__in=wanted).values_list("name", flat=True)
    sources = SourceVersion.objects.filter(package__in=parts).order_by()
    return wanted & {*here, *map("/".join, sources.values_list("category", "package").distinct())}


def near_names(typed: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For what was typed, whole or half a name: known names that are meant perhaps."""
    words = {text: text.rpartition("/")[2] for text in typed}
    if not words:
        return {}
    alike = Q()
    for beginning in {word[:2].lower() for word in words.values()}:
        alike |= _begins(package=beginning)
    names = _names(alike)
    return {text: _nearest(text, word, names) for text, word in words.items()}


def completions(typed: str) -> list[Completion]:
    """Packages whose whole name, or whose name without category, begins like that."""
    category, slash, package = typed.partition("/")
    if slash:
        wanted = Q(category=category) & _begins(package=package)
    else:
        wanted = _begins(package=typed) | _begins(category=typed)
    here = Package.objects.filter(wanted)[:MOST_COMPLETIONS]
    found = {one.name: Completion(one.name, one.summary, one.newest) for one in here}
    for name in _in_sources(wanted, MOST_COMPLETIONS):
        found.setdefault(name, Completion(name, "not built yet", ""))
    return sorted(found.values(), key=lambda one: one.name)[:MOST_COMPLETIONS]


def _names(wanted: Q) -> list[str]:
    here = Package.objects.filter(wanted).values_list("name", flat=True)[:MOST_CANDIDATES]
    return sorted({*here, *_in_sources(wanted, MOST_CANDIDATES)})


def _in_sources(wanted: Q, most: int) -> list[str]:
    found = SourceVersion.objects.filter(wanted).order_by("category", "package")
    return list(map("/".join, found.values_list("category", "package").distinct()[:most]))


def _nearest(text: str, word: str, names: list[str]) -> tuple[str, ...]:
    same = [name for name in names if name.partition("/")[2].lower() == word.lower()]
    return tuple(dict.fromkeys([*same, *get_close_matches(text, names, NEAR, LIKENESS)]))[:NEAR]


def _begins(**fields: str) -> Q:
    """That the field begins like that: a range, which an index of byte order answers."""
    ((name, beginning),) = fields.items()
    return Q(**{f"{name}__gte": beginning, f"{name}__lt": beginning + LAST})
