"""The values of this room as what JSON holds: for scripts that would rather not parse again."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import Enum

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def as_json(value: object) -> Json:
    """Turn a value into JSON's own kinds.

    What has a text of its own (a version, a spec, an id) becomes that text; any other dataclass an
    object of its fields, and of `class`, its name, which no field can be called.
    """
    if isinstance(value, Enum):
        return as_json(value.value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        return _of_dataclass(value)
    return _of_collection(value)


def _of_dataclass(value: object) -> Json:
    if type(value).__str__ is not object.__str__:
        return str(value)
    named = {one.name: as_json(getattr(value, one.name)) for one in fields(value)}  # type: ignore[arg-type]
    return {"class": type(value).__name__, **named}


def _of_collection(value: object) -> Json:
    if isinstance(value, Mapping):
        return {str(key): as_json(one) for key, one in value.items()}
    if isinstance(value, AbstractSet):
        return [as_json(one) for one in sorted(value)]
    if isinstance(value, Sequence):
        return [as_json(one) for one in value]
    raise TypeError(f"{type(value).__name__} has no place in JSON")
