"""What is not the same in two pbins of one version: fields, options, dependencies, size."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from pbins.models import Pbin
from pbins.paludis.dependencies import parse_dependencies
from pbins.paludis.errors import ParseError
from pbins.paludis.options import parse_options
from pbins.paludis.pbin import Pbin as PbinFile
from pbins.paludis.pbin import parse_pbin

ALWAYS_DIFFERENT = frozenset({"BINARY_URI", "GENERATED_TIME"})
"""Of every build, even of the same source with the same options."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field with its values, or for a list only what is ``gone`` from it and ``new`` in it."""

    name: str
    before: str = ""
    after: str = ""
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()

    @property
    def is_list(self) -> bool:
        return bool(self.gone or self.new)


def field_changes(before: Pbin, after: Pbin) -> tuple[FieldChange, ...]:
    """Every field that differs, in the order of the newer file, then the size of the tarball."""
    old, new = parse_pbin(before.text), parse_pbin(after.text)
    names = dict.fromkeys(name for name, _ in (*new.fields, *old.fields))
    changes = [
        _change(name, old, new)
        for name in names
        if name not in ALWAYS_DIFFERENT and old.get(name) != new.get(name)
    ]
    return (*changes, *_size(before, after))


def _change(name: str, old: PbinFile, new: PbinFile) -> FieldChange:
    parts = _PARTS.get(name)
    if parts is not None:
        try:
            gone, come = _apart(parts(old), parts(new))
        except ParseError:  # then the texts themselves are shown
            gone, come = (), ()
        if gone or come:
            return FieldChange(name, gone=gone, new=come)
    return FieldChange(name, old.get(name) or "", new.get(name) or "")


def _apart(old: Collection[str], new: Collection[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return (
        tuple(part for part in dict.fromkeys(old) if part not in new),
        tuple(part for part in dict.fromkeys(new) if part not in old),
    )


def _needs(file: PbinFile) -> list[str]:
    """Each need with what it is for: `run: dev-libs/libfoo:2`."""
    return [
        f"{'+'.join(sorted(need.labels))}: "
        f"{' '.join(map(str, need.conditions))}{' ' if need.conditions else ''}"
        f"{need.blocker}{need.spec}"
        for need in parse_dependencies(file.dependencies).needs
    ]


def _choices(file: PbinFile) -> list[str]:
    return [str(option.name) for option in parse_options(file.myoptions, file.options)]


_PARTS: dict[str, Callable[[PbinFile], list[str]]] = {
    "OPTIONS": lambda file: file.options.split(),
    "MYOPTIONS": _choices,
    "DEPENDENCIES": _needs,
    "BINARY_PLATFORMS": lambda file: list(file.platforms),
}


def _size(before: Pbin, after: Pbin) -> Iterator[FieldChange]:
    sizes = [pbin.tarball.size if pbin.tarball else None for pbin in (before, after)]
    if sizes[0] != sizes[1]:
        old, new = (f"{size} bytes" if size is not None else "not known" for size in sizes)
        yield FieldChange("Tarball", old, new)
