"""Package sets: storing them with their history, and what each of their lines is worth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import unified_diff

from django.db import transaction

from pbins.models import PackageSet, SetEdit
from pbins.paludis.errors import ParseError
from pbins.paludis.sets import spec_and_comment
from pbins.paludis.specs import PackageSpec
from pbins.services.errors import Refused
from pbins.services.known_packages import known_among, near_names
from pbins.services.queueing import Asker
from pbins.services.renaming import note_former_set_name

MOST_CORRECTED = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a set, counted from 1; ``spec`` is what it asks for, ``name`` of which package.

    An error keeps the set from being stored; a warning does not. ``near`` are known names that
    are perhaps meant; they are looked up for the first lines that need it.
    """

    number: int
    spec: str
    name: str = ""
    error: str = ""
    warning: str = ""
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """One step of a set's history: the lines that came and went."""

    edit: SetEdit
    added: tuple[str, ...]
    removed: tuple[str, ...]


@transaction.atomic
def save_set(*, package_set: PackageSet, by: Asker) -> None:
    """Store a set that was checked; its text becomes part of the history if it is a new one."""
    package_set.specs = "\n".join(line.rstrip() for line in package_set.specs.splitlines())
    note_former_set_name(package_set)
    package_set.save()
    latest = package_set.edits.first()
    if latest is None or latest.specs != package_set.specs:
        SetEdit.objects.create(package_set=package_set, by=by, specs=package_set.specs)


def delete_set(*, package_set: PackageSet) -> None:
    """Forget a set that no host is to have. Raises Refused while one is."""
    deployed = [one.repository.name for one in package_set.deployments.select_related("repository")]
    if deployed:
        raise Refused(
            f"{package_set.name} is deployed on consumers of {', '.join(deployed)}; end that"
            " first, so that its file goes from the hosts."
        )
    package_set.delete()


def history(edits: Sequence[SetEdit]) -> list[Edit]:
    """Edits of one set, the latest first, each with what it changed of the one before."""
    if not edits:
        return []
    earlier = SetEdit.objects.filter(package_set=edits[0].package_set, pk__lt=edits[-1].pk).first()
    before = [*edits[1:], earlier]
    return [
        Edit(edit, *_changed(one.specs if one else "", edit.specs))
        for edit, one in zip(edits, before, strict=True)
    ]


def _changed(before: str, after: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    lines = list(unified_diff(before.splitlines(), after.splitlines(), n=0))[2:]
    added = tuple(line[1:] for line in lines if line.startswith("+") and line[1:].strip())
    removed = tuple(line[1:] for line in lines if line.startswith("-") and line[1:].strip())
    return added, removed


def checked_lines(text: str) -> list[Line]:
    """The lines of a set that ask for something, with what is wrong or looks wrong about them."""
    numbered = enumerate(map(spec_and_comment, text.splitlines()), start=1)
    lines = [_read(number, spec) for number, (spec, _) in numbered if spec]
    known = known_among(line.name for line in lines if line.name)
    first = {line.spec: line.number for line in reversed(lines)}
    judged = [_judged(line, first[line.spec], known) for line in lines]
    odd = [line.spec for line in judged if line.error or line.name not in known]
    near = near_names(odd[:MOST_CORRECTED])
    return [replace(line, near=near.get(line.spec, ())) for line in judged]


def _read(number: int, spec: str) -> Line:
    try:
        name = PackageSpec.parse(spec).name
    except ParseError as error:
        return Line(number, spec, error=error.reason)
    return Line(number, spec, name=str(name))


def _judged(line: Line, first: int, known: set[str]) -> Line:
    """The line with the warnings that only the others and the catalogue can tell."""
    if line.error:
        return line
    if first != line.number:
        return replace(line, warning=f"stands in line {first} already")
    if line.name not in known:
        return replace(line, warning="no repository here knows this package")
    return line
