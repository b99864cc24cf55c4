"""The bar of filters above a list: what can be chosen, and what was."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Literal

from django.http import HttpRequest
from django.utils import timezone

Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Filter:
    """One control of the bar; ``name`` is its name in the address, ``words`` say what it is.

    ``choices`` are of a ``select``, where nothing chosen means any.
    """

    name: str
    words: str
    choices: Choices = ()
    kind: Literal["select", "search", "date"] = "select"
    value: str = ""


def filled_in(request: HttpRequest, *filters: Filter) -> tuple[Filter, ...]:
    """The filters with what the address says of them."""
    return tuple(replace(one, value=request.GET.get(one.name, "").strip()) for one in filters)


def is_filtered(filters: Iterable[Filter]) -> bool:
    return any(one.value for one in filters)


def named(names: Iterable[str]) -> Choices:
    """Choices that are called what they are."""
    return [(name, name) for name in names]


def in_words(choices: Iterable[tuple[str, str]]) -> Choices:
    """Choices of a model's field, as they stand in a list."""
    return [(value, words[:1].upper() + words[1:]) for value, words in choices]


def start_of_day(text: str) -> datetime | None:
    """The beginning of a day in the viewer's zone; None for what is no date."""
    try:
        return timezone.make_aware(datetime.combine(date.fromisoformat(text), time.min))
    except ValueError:
        return None
